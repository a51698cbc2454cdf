-- What nobody runs is cancelled here and now; whoever runs it learns of it with the next sign of life.
update job j
set cancel_requested_at = coalesce(j.cancel_requested_at, $4),
  state = case when j.state = 'queued' then 'cancelled' else j.state end,
  finished_at = case when j.state = 'queued' then $4 end
where j.tenant_id = $1 and j.id = $2 and j.kind = $3 and j.state in ('queued', 'running')
