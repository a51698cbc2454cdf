select k.tenant_id, k.stream_id, k.kind, k.value
from stream_key k
where (uuid_hash(k.stream_id) & $1) = $2
