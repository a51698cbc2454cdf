select k.tenant_id, k.stream_id, k.kind, k.value
from unnest($1, $2) as p (tenant_id, id)
join stream_key k on k.tenant_id = p.tenant_id and k.stream_id = p.id
