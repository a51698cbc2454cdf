-- What a cancelled release had taken and not handed off: another may take it. Whoever is still handing it off counts it.
update held_release_lead t
set outcome = 'freed'
from held_release r
where t.tenant_id = $1 and t.model_version = $2 and t.outcome is null
  and r.tenant_id = t.tenant_id and r.model_version = t.model_version and r.id = t.release_id and r.ended_at is not null
