select id, name, scopes, created_at, expires_at, revoked_at
from api_key
where tenant_id = $1
order by (revoked_at is null) desc, created_at desc, id
limit $2
