select k.tenant_id, k.secret_hash, k.scopes, k.expires_at, t.operator
from api_key k
join tenant t on t.id = k.tenant_id
where k.id = $1 and k.revoked_at is null and t.revoked_at is null
