select l.stage, count(*), count(*) filter (where v.is_done)
from engagement_verdict_lead v
join lead l on l.tenant_id = v.tenant_id and l.id = v.lead_id
where v.tenant_id = $1 and v.kind = $2 and v.id = $3
group by l.stage
