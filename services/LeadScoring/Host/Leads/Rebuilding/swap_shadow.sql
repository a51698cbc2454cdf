-- The caller holds the lock. Statements that other sessions have prepared are planned anew for the table of that name.
do $$
declare
  names text[];
  oids oid[];
begin
  select array_agg(c.relname::text), array_agg(c.oid)
  into names, oids
  from pg_index i
  join pg_class c on c.oid = i.indexrelid
  where i.indrelid = 'lead'::regclass;
  drop table lead;
  alter table lead_rebuild rename to lead;
  for i in 1 .. cardinality(names) loop
    execute format('alter index %I rename to %I', 'lead_rebuild_' || oids[i], names[i]);
  end loop;
end
$$
