select coalesce(t.relname || ' ', '') || c.relname, pg_total_relation_size(c.oid) - coalesce(pg_indexes_size(case when c.relkind = 'r' then c.oid end), 0)
from pg_class c
left join pg_index i on i.indexrelid = c.oid
left join pg_class t on t.oid = i.indrelid
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'i') and pg_relation_size(c.oid) > 0
order by 2 desc, 1
