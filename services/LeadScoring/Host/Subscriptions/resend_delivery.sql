update webhook_delivery d
set
  attempts = case when d.status = 'pending' then d.attempts else 0 end,
  status = 'pending',
  next_attempt_at = $4,
  finished_at = null
where d.tenant_id = $1 and d.subscription_id = $2 and d.position = $3 and d.status <> 'waiting'
