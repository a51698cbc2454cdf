-- Partitions and their indexes count with their parents; a table's bytes include what lies beside its heap.
select coalesce(parent.relname, c.relname)::text as name, sum(pg_table_size(c.oid))::bigint as bytes
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_inherits i on i.inhrelid = c.oid
left join pg_class parent on parent.oid = i.inhparent
where n.nspname = 'public' and c.relkind in ('r', 'i')
group by 1
order by 2 desc, 1
