select k.tenant_id, k.id, d.position
from unnest($1, $2) as k (tenant_id, id)
join subscription_progress p on p.tenant_id = k.tenant_id and p.subscription_id = k.id
join webhook_delivery d on d.tenant_id = p.tenant_id and d.subscription_id = p.subscription_id and d.position > p.position
where d.status in ('delivered', 'failed')
