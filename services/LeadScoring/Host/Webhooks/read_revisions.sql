select s.tenant_id, s.id, s.revision
from subscription s
where s.enabled and s.deleted_at is null
