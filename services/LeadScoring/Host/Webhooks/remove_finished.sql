delete from webhook_delivery d
using (
  select f.tenant_id, f.subscription_id, f.position
  from webhook_delivery f
  where f.finished_at < $1
  order by f.finished_at
  limit $2
  for update skip locked
) old
where d.tenant_id = old.tenant_id and d.subscription_id = old.subscription_id and d.position = old.position
