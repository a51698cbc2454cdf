select v.tenant_id, v.kind, v.id
from engagement_verdict v
where v.state in ('finding', 'applying') and v.leased_until < now()
order by v.created_at
limit 1
