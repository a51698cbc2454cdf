-- Every writer locks its streams in the same order, so writers with overlapping streams queue instead of deadlocking,
-- and the statements that follow see the versions the writers before them left.
select count(*)
from (
  select 1
  from unnest($1, $2) as a (tenant_id, stream_id)
  join mt_streams s on s.tenant_id = a.tenant_id and s.id = a.stream_id
  order by s.tenant_id, s.id
  for no key update of s
) locked
