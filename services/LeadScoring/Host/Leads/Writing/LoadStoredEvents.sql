select e.id, e.tenant_id, e.stream_id, e.type, e.data
from mt_events e
where e.id = any($1)
