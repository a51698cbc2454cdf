update job j
set state = $4, finished_at = $5, result = $6, failure = $7, events = $8, events_total = $9, leads = $10, events_per_second = $11,
  run_id = null, lease_until = null
where j.tenant_id = $1 and j.id = $2 and j.run_id = $3 and j.state = 'running'
