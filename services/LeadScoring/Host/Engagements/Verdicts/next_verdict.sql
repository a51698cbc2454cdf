-- Tenants take turns: whose unfinished ones were worked on longest ago is next.
select v.tenant_id, v.kind, v.id
from engagement_verdict v
where v.state in ('finding', 'applying') and v.leased_until < now()
order by
  (select max(t.leased_until) from engagement_verdict t where t.tenant_id = v.tenant_id and t.state in ('finding', 'applying')),
  v.leased_until,
  v.created_at
limit 1
