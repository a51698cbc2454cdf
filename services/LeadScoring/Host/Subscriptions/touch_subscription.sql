update subscription s
set revision = s.revision + 1
where s.tenant_id = $1 and s.id = $2 and s.deleted_at is null
