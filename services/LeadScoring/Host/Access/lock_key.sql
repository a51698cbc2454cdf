select revoked_at is null and $3 = any(scopes)
from api_key
where tenant_id = $1 and id = $2
for update
