select id, name, operator, created_at, revoked_at
from tenant
order by created_at, id
limit $1
