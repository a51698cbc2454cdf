select count(*)
from (select e.seq_id from mt_events e where e.seq_id > $1 limit $2) e
