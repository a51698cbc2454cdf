select k.tenant_id, k.kind, k.value, k.stream_id
from unnest($1, $2, $3) as stated (tenant_id, kind, value)
join stream_key k on k.tenant_id = stated.tenant_id and k.kind = stated.kind and k.value = stated.value
