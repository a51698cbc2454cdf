update job j
set state = 'queued', run_id = null, lease_until = null, runs = j.runs - $4, events = 0, events_total = 0, leads = 0, events_per_second = 0
where j.tenant_id = $1 and j.id = $2 and j.run_id = $3 and j.state = 'running'
