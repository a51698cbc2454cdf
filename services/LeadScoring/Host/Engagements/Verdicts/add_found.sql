-- Engagements like those asked for in a stretch of the log, by lead. Both bounds are given because they lie close together.
with found as (
  select e.stream_id as lead_id, e.data ->> 'Source' as source, e.data ->> 'Id' as id
  from mt_events e
  where e.seq_id > $4 and e.seq_id <= $5
    and e.tenant_id = $1
    and e.type = 'engagement_recorded'
    and ($6 is null or e.data ->> 'Source' = $6)
    and ($7 is null or e.data ->> 'Type' = $7)
    and ($8 is null or e.data ->> 'Campaign' = $8)
    and (e.data ->> 'OccurredAt')::timestamptz >= $9
    and (e.data ->> 'OccurredAt')::timestamptz < $10
), added as (
  insert into engagement_verdict_lead as l (tenant_id, kind, id, lead_id, sources, ids, is_done)
  select $1, $2, $3, f.lead_id, array_agg(f.source), array_agg(f.id), false
  from found f
  group by f.lead_id
  on conflict (tenant_id, kind, id, lead_id) do update
  set sources = l.sources || excluded.sources, ids = l.ids || excluded.ids
)
select count(*) from found
