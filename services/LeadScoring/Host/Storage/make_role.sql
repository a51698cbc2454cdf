-- The password comes in a setting of the session: a statement that held it would stand in the server's log if it failed.
-- createdb, so that a back-up can be restored beside the live database by the same role.
do $$
begin
  if not exists (select from pg_roles where rolname = 'leadscoring') then
    execute format('create role leadscoring login createdb password %L', current_setting('leadscoring.password'));
  end if;
end
$$
