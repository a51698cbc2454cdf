-- Tenants take turns: whose latest job began longest ago is next. A job whose run gave no sign of life is begun again.
update job j
set state = 'running', run_id = $1, runs = j.runs + 1, lease_until = now() + $2, started_at = $3,
  events = 0, events_total = 0, leads = 0, events_per_second = 0
where (j.tenant_id, j.id) = (
  select w.tenant_id, w.id
  from job w
  where w.state in ('queued', 'running') and w.kind = any($4) and (w.state = 'queued' or w.lease_until < now())
  order by
    coalesce((select max(s.started_at) from job s where s.tenant_id = w.tenant_id), '-infinity'),
    w.created_at,
    w.id
  limit 1
  for update skip locked)
returning
  j.tenant_id, j.id, j.kind, j.model_version, j.model_id, j.request, j.state, j.requested_by, j.created_at, j.started_at,
  j.finished_at, j.cancel_requested_at, j.runs, j.events, j.events_total, j.leads, j.events_per_second, j.failure, j.parameters
