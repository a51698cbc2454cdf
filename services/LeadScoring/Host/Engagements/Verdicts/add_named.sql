-- The engagements of these event ids, by lead; an id nobody has stored is passed over.
with found as (
  select e.stream_id as lead_id, s.source, s.id
  from unnest($4, $5, $6) as s (event_id, source, id)
  join event_id i on i.id = s.event_id
  cross join lateral (
    select m.stream_id, m.tenant_id, m.type
    from mt_events m
    where m.seq_id = i.seq_id
    limit 1
  ) e
  where e.tenant_id = $1 and e.type = 'engagement_recorded'
), added as (
  insert into engagement_verdict_lead (tenant_id, kind, id, lead_id, sources, ids, is_done)
  select $1, $2, $3, f.lead_id, array_agg(f.source), array_agg(f.id), false
  from found f
  group by f.lead_id
)
select count(*) from found
