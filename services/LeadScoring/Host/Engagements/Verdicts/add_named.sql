-- The engagements of these event ids, by lead; an id nobody has stored is passed over.
with found as (
  select e.stream_id as lead_id, s.source, s.id
  from unnest($4, $5, $6) as s (event_id, source, id)
  join mt_events e on e.id = s.event_id
  where e.tenant_id = $1 and e.type = 'engagement_recorded'
), added as (
  insert into engagement_verdict_lead (tenant_id, kind, id, lead_id, sources, ids, is_done)
  select $1, $2, $3, f.lead_id, array_agg(f.source), array_agg(f.id), false
  from found f
  group by f.lead_id
)
select count(*) from found
