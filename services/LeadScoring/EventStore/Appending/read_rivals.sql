select coalesce(s.version, 0), coalesce(s.is_archived, false)
from unnest($1, $2) with ordinality as a (tenant_id, stream_id, position)
left join lateral (
  select s.version, s.is_archived
  from mt_streams s
  where s.tenant_id = a.tenant_id and s.id = a.stream_id
  limit 1
) s on true
order by a.position
