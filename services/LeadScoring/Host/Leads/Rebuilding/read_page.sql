select e.seq_id, e.id, e.tenant_id, e.stream_id, e.version, e.type, e.data, e.timestamp
from unnest($1, $2) as p (tenant_id, id)
join mt_events e on e.tenant_id = p.tenant_id and e.stream_id = p.id
order by e.tenant_id, e.stream_id, e.version
