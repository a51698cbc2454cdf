select id, name, operator, created_at, revoked_at
from tenant
where id = $1
