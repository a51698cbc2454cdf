select e.timestamp
from mt_events e
where e.tenant_id = $1 and e.seq_id > $2 and e.seq_id <= $3
order by e.seq_id desc
limit 1
