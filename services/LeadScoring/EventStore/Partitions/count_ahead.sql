-- Partitions that no number drawn so far belongs to.
select count(*)
from log_partition p, mt_events_sequence s
where p.lower > s.last_value
