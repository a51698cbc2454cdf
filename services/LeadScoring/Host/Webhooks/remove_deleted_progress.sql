delete from subscription_progress p
using (
  select s.tenant_id, s.id
  from subscription s
  where s.deleted_at < $1
    and exists (select 1 from subscription_progress q where q.tenant_id = s.tenant_id and q.subscription_id = s.id)
    and not exists (select 1 from webhook_delivery d where d.tenant_id = s.tenant_id and d.subscription_id = s.id)
  limit $2
) old
where p.tenant_id = old.tenant_id and p.subscription_id = old.id
