select s.tenant_id, s.id, s.revision
from subscription s
join tenant t on t.id = s.tenant_id
where s.enabled and s.deleted_at is null and t.revoked_at is null
