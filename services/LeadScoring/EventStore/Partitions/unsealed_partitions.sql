-- Full partitions that were not frozen yet.
select p.name
from log_partition p, mt_events_sequence s
where p.upper <= s.last_value and obj_description(p.name::regclass, 'pg_class') is distinct from 'sealed'
order by p.upper
