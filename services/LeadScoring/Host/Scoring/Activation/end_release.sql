-- Not while leads it has taken are being handed off, unless it is cancelled: then they are free again.
with ended as (
  update held_release
  set ended_at = $4, is_cancelled = $5
  where tenant_id = $1 and model_version = $2 and id = $3 and ended_at is null
    and ($5 or not exists (
      select
      from held_release_lead t
      where t.tenant_id = $1 and t.model_version = $2 and t.release_id = $3 and t.outcome is null))
  returning tenant_id, model_version, id
)
delete from held_release_lead l
using ended e
where l.tenant_id = e.tenant_id and l.model_version = e.model_version and l.release_id = e.id and l.outcome is null
