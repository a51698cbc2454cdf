update webhook_delivery d
set status = 'pending', attempts = 0, next_attempt_at = $4, finished_at = null
from (
  select f.tenant_id, f.subscription_id, f.position
  from webhook_delivery f
  where f.tenant_id = $1 and f.subscription_id = $2 and f.status = 'failed' and f.finished_at >= $3
  order by f.position
  limit $5
  for update
) failed
where d.tenant_id = failed.tenant_id and d.subscription_id = failed.subscription_id and d.position = failed.position
