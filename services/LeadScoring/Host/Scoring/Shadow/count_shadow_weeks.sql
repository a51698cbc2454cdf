select
  date_trunc('week', noted.at at time zone 'UTC')::date,
  count(*) filter (where noted.is_would),
  count(*) filter (where not noted.is_would)
from mt_doc_shadow_cycle d
cross join lateral (values ((d.data ->> 'WouldQualifyAt')::timestamptz, true), ((d.data ->> 'QualifiedAt')::timestamptz, false)) noted (at, is_would)
where d.tenant_id = $1 and d.model_version = $2 and noted.at >= $3
group by 1
order by 1 desc
limit $4
