update job j
set lease_until = now() + $4, events = $5, events_total = $6, leads = $7, events_per_second = $8
where j.tenant_id = $1 and j.id = $2 and j.run_id = $3 and j.state = 'running'
returning j.cancel_requested_at is not null
