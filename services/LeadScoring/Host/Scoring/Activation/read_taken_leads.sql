select l.lead_id
from held_release_lead l
join held_release r on r.tenant_id = l.tenant_id and r.model_version = l.model_version and r.id = l.release_id and r.ended_at is null
where l.tenant_id = $1 and l.model_version = $2 and l.release_id = $3 and l.outcome is null
limit $4
