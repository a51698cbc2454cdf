select
  j.tenant_id, j.id, j.kind, j.model_version, j.model_id, j.request, j.state, j.requested_by, j.created_at, j.started_at,
  j.finished_at, j.cancel_requested_at, j.runs, j.events, j.events_total, j.leads, j.events_per_second, j.failure,
  j.result -> $5
from job j
where j.tenant_id = $1 and j.kind = $2 and j.model_version = $3 and j.model_id = $4 and j.state = 'succeeded'
order by
  (j.request ->> 'against')::integer = $6 desc nulls last,
  (j.request ->> 'upTo')::bigint desc nulls last,
  j.finished_at desc,
  j.id desc
limit 1
