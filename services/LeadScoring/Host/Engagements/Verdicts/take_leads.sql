select l.lead_id, l.sources, l.ids
from engagement_verdict_lead l
where l.tenant_id = $1 and l.kind = $2 and l.id = $3 and not l.is_done
order by l.lead_id
limit $4
