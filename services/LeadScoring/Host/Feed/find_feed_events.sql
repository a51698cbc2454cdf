select f.tenant_id, f.position, f.log_seq, f.event_id, f.type, f.subject, f.at, f.body
from unnest($1, $2) as k (tenant_id, position)
join feed_event f on f.tenant_id = k.tenant_id and f.position = k.position
