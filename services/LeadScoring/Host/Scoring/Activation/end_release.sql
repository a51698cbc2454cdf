-- What it had taken and not handed off is free again.
with ended as (
  update held_release
  set ended_at = $4, is_cancelled = $5
  where tenant_id = $1 and model_version = $2 and id = $3 and ended_at is null
  returning tenant_id, model_version, id
)
delete from held_release_lead l
using ended e
where l.tenant_id = e.tenant_id and l.model_version = e.model_version and l.release_id = e.id and l.outcome is null
