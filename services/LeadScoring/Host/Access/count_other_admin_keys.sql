select count(*)
from api_key
where tenant_id = $1 and id <> $2 and revoked_at is null and (expires_at is null or expires_at > $3) and $4 = any(scopes)
