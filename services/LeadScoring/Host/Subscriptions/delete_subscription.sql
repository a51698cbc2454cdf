-- What could be used is gone at once; the row goes when its deliveries are removed.
update subscription s
set
  revision = s.revision + 1,
  enabled = false,
  url = '',
  description = null,
  secret = null,
  former_secret = null,
  former_secret_until = null,
  creation_key = null,
  creation_hash = null,
  updated_at = $3,
  deleted_at = $3
where s.tenant_id = $1 and s.id = $2 and s.deleted_at is null
