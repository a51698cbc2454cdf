with found as (
  select l.lead_id, l.sources, l.ids
  from engagement_verdict_lead l
  where l.tenant_id = $1 and l.kind = 'retraction' and l.id = $4
), added as (
  insert into engagement_verdict_lead (tenant_id, kind, id, lead_id, sources, ids, is_done)
  select $1, $2, $3, f.lead_id, f.sources, f.ids, false
  from found f
)
select coalesce(sum(cardinality(f.ids)), 0) from found f
