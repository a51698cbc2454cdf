select
  j.tenant_id, j.id, j.kind, j.model_version, j.model_id, j.request, j.state, j.requested_by, j.created_at, j.started_at,
  j.finished_at, j.cancel_requested_at, j.runs, j.events, j.events_total, j.leads, j.events_per_second, j.failure
from job j
where j.tenant_id = $1
  and j.kind = $2
  and ($3::integer is null or j.model_version = $3)
  and ($4::timestamptz is null or (j.created_at, j.id) < ($4, $5::uuid))
order by j.created_at desc, j.id desc
limit $6
