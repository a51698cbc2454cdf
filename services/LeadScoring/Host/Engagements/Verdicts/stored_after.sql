-- When the first event behind a position was stored.
select e.timestamp
from mt_events e
where e.seq_id > $1
order by e.seq_id
limit 1
