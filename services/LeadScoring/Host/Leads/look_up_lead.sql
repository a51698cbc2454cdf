select l.updated_at, l.state
from stream_key k
join lead l on l.tenant_id = k.tenant_id and l.id = k.stream_id
where k.tenant_id = $1 and k.kind = $2 and k.value = $3
