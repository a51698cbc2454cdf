update subscription s
set revision = s.revision + 1, secret = $3, former_secret = s.secret, former_secret_until = $4, updated_at = $5
where s.tenant_id = $1 and s.id = $2 and s.deleted_at is null
