insert into tenant (id, name, operator, created_at)
select $1, $2, not exists (select from tenant), $3
where (select count(*) from tenant) < $4
on conflict (id) do nothing
returning id, name, operator, created_at, revoked_at
