-- Inquiry is nearly everybody: beyond 200,000 leads it is estimated from the planner's figure instead of counted.
with qualified as (
  select stage, count(*) as leads
  from mt_doc_lead
  where stage <> 'Inquiry'
  group by stage
), size as (
  select reltuples::bigint as leads
  from pg_class
  where oid = 'mt_doc_lead'::regclass
)
select stage, leads
from qualified
union all
select
  'Inquiry',
  case
    when size.leads <= 200000 then (select count(*) from mt_doc_lead where stage = 'Inquiry')
    else greatest(0, size.leads - (select coalesce(sum(leads), 0)::bigint from qualified))
  end
from size
