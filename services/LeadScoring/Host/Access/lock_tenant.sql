select operator, revoked_at is not null
from tenant
where id = $1
for no key update
