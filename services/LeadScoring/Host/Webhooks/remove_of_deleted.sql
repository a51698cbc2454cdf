delete from webhook_delivery d
using (
  select f.tenant_id, f.subscription_id, f.position
  from subscription s
  join webhook_delivery f on f.tenant_id = s.tenant_id and f.subscription_id = s.id
  where s.deleted_at < $1
  limit $2
  for update of f skip locked
) old
where d.tenant_id = old.tenant_id and d.subscription_id = old.subscription_id and d.position = old.position
