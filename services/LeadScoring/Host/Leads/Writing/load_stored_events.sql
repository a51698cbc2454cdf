select e.seq_id, e.id, e.version, e.type, e.data, e.timestamp, e.tenant_id, e.stream_id
from mt_events e
where e.id = any($1)
