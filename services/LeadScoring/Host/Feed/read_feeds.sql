select f.tenant_id, f.position, f.log_seq, f.event_id, f.type, f.subject, f.at, f.body
from feed_event f
where f.log_seq > $1
order by f.log_seq
limit $2
