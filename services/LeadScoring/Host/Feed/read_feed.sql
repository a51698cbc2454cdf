select f.tenant_id, f.position, f.log_seq, f.event_id, f.type, f.subject, f.at, f.body
from feed_event f
where f.tenant_id = $1 and f.position > $2 and f.position <= $3 and ($4::text[] is null or f.type = any($4))
order by f.position
limit $5
