select e.seq_id, e.id, e.version, e.type, e.data, e.timestamp, e.headers ->> 'actor'
from mt_events e
where e.tenant_id = $1 and e.stream_id = $2 and e.version < $3
order by e.version desc
limit $4
