select
  p.name,
  p.lower,
  p.upper,
  greatest(c.reltuples, 0)::bigint,
  pg_table_size(c.oid),
  pg_indexes_size(c.oid),
  obj_description(c.oid, 'pg_class') is not distinct from 'sealed'
from log_partition p
join pg_class c on c.oid = p.name::regclass
order by p.lower
