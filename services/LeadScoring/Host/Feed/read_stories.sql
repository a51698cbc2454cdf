select w.ordinal, e.seq_id, e.version, e.type, e.data
from unnest($1::text[], $2::uuid[], $3::bigint[], $4::boolean[]) with ordinality as w (tenant_id, stream_id, up_to, with_engagements, ordinal)
cross join lateral (
  select seq_id, version, type, data
  from mt_events
  where tenant_id = w.tenant_id and stream_id = w.stream_id and version <= w.up_to
    and (w.with_engagements or type <> 'engagement_recorded')
  offset 0
) e
order by w.ordinal, e.version
