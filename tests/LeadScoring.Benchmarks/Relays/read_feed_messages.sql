select f.event_id, f.type, f.at, f.body
from feed_event f
where f.log_seq > $1
order by f.log_seq
