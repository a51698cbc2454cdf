select t.name, greatest(c.reltuples, 0)::bigint, pg_table_size(c.oid), pg_indexes_size(c.oid)
from unnest($1) with ordinality as t (name, position)
join pg_class c on c.oid = to_regclass(t.name)
order by t.position
