select
  date_trunc('week', noted.at at time zone 'UTC')::date,
  count(*) filter (where noted.is_would),
  count(*) filter (where not noted.is_would)
from (
  select c.would_qualify_at as at, true as is_would
  from shadow_cycle c
  where c.tenant_id = $1 and c.version = $2 and c.would_qualify_at >= $3
  union all
  select c.qualified_at, false
  from shadow_cycle c
  where c.tenant_id = $1 and c.version = $2 and c.qualified_at >= $3
) noted
group by 1
order by 1 desc
limit $4
