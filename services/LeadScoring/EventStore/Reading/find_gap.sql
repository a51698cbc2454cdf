-- The first number of ($1, $2] without an event; beyond $2 when each has one. Both bounds are given because they lie
-- close together: at most one page of numbers.
select coalesce(min(e.expected) filter (where e.seq_id > e.expected), $1 + count(*) + 1)
from (
  select seq_id, $1 + row_number() over (order by seq_id) as expected
  from mt_events
  where seq_id > $1 and seq_id <= $2
) e
