select e.seq_id, e.stream_id, e.version, e.type, e.data, e.timestamp
from mt_events e
where e.tenant_id = $1 and e.seq_id > $2 and e.seq_id <= $3 and e.type = any($4)
order by e.seq_id
limit $5
