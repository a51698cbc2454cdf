-- What the asker knows already is not sent again.
select
  l.id = $4 and l.version = $5,
  l.updated_at,
  case when l.id = $4 and l.version = $5 then null else l.state end
from stream_key k
join lead l on l.tenant_id = k.tenant_id and l.id = k.stream_id
where k.tenant_id = $1 and k.kind = $2 and k.value = $3
