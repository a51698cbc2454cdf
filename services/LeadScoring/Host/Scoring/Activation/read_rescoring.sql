select
  r.tenant_id, r.held_from, r.model_version, r.model_id, r.walk, r.after_id, r.leads_total, r.leads_done, r.leads_rescored,
  r.leads_crossed, r.leads_failed, r.started_at, r.walk_started_at, r.finished_at
from rescoring r
where r.tenant_id = $1 and r.held_from = $2 and r.model_version = $3
