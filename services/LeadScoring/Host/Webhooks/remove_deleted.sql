delete from subscription s
using (
  select d.tenant_id, d.id
  from subscription d
  where d.deleted_at < $1
    and not exists (select 1 from subscription_progress p where p.tenant_id = d.tenant_id and p.subscription_id = d.id)
    and not exists (select 1 from webhook_delivery f where f.tenant_id = d.tenant_id and f.subscription_id = d.id)
  limit $2
) old
where s.tenant_id = old.tenant_id and s.id = old.id
