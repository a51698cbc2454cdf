-- In the order and mode of writers: while the page is rebuilt no event can come between its stream and its row.
select count(*)
from (
  select 1
  from unnest($1, $2) as p (tenant_id, id)
  join mt_streams s on s.tenant_id = p.tenant_id and s.id = p.id
  order by s.tenant_id, s.id
  for no key update of s
) locked
