-- A table like lead, with its settings, privileges and owner, and without its indexes, which are built when it is full.
do $$
declare
  live pg_class%rowtype;
  given record;
begin
  drop table if exists lead_rebuild;
  create table lead_rebuild (like lead including all excluding indexes);
  select c.* into live from pg_class c where c.oid = 'lead'::regclass;
  if live.reloptions is not null then
    execute format('alter table lead_rebuild set (%s)', array_to_string(live.reloptions, ', '));
  end if;
  for given in
    select
      p.privilege_type as privilege,
      case p.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(p.grantee)) end as grantee,
      case when p.is_grantable then ' with grant option' else '' end as suffix
    from aclexplode(live.relacl) p
    where p.grantee <> live.relowner
  loop
    execute format('grant %s on lead_rebuild to %s%s', given.privilege, given.grantee, given.suffix);
  end loop;
  if live.relowner <> (select c.relowner from pg_class c where c.oid = 'lead_rebuild'::regclass) then
    execute format('alter table lead_rebuild owner to %I', pg_get_userbyid(live.relowner));
  end if;
end
$$
