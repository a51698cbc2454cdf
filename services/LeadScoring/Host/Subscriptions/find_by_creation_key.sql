select s.id, s.creation_hash
from subscription s
where s.tenant_id = $1 and s.creation_key = $2 and s.deleted_at is null
