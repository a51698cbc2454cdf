-- Every writer locks its streams in the same order, so writers with overlapping streams queue instead of deadlocking,
-- and the statements that follow see the versions the writers before them left.
select count(*)
from (
  select tenant_id, stream_id
  from unnest($1, $2) as a (tenant_id, stream_id)
  order by tenant_id, stream_id
) a
cross join lateral (
  select
  from mt_streams s
  where s.tenant_id = a.tenant_id and s.id = a.stream_id
  for no key update
) locked
