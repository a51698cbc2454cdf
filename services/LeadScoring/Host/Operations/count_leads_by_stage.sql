-- Inquiry is nearly everybody: beyond 200,000 leads it is estimated from the planner's figure instead of counted.
with qualified as (
  select stage, count(*) as leads
  from lead
  where stage <> 'inquiry'
  group by stage
), size as (
  select reltuples::bigint as leads
  from pg_class
  where oid = 'lead'::regclass
)
select stage, leads
from qualified
union all
select
  'inquiry',
  case
    when size.leads <= 200000 then (select count(*) from lead where stage = 'inquiry')
    else greatest(0, size.leads - (select coalesce(sum(leads), 0)::bigint from qualified))
  end
from size
