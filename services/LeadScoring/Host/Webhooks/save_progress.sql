update subscription_progress p
set
  position = greatest(p.position, r.position),
  failures_in_a_row = r.failures_in_a_row,
  failing_since = r.failing_since,
  last_attempt_at = r.last_attempt_at,
  last_success_at = r.last_success_at,
  last_error = r.last_error
from unnest($1, $2, $3, $4, $5, $6, $7, $8) as r (
  tenant_id, subscription_id, position, failures_in_a_row, failing_since, last_attempt_at, last_success_at, last_error)
where p.tenant_id = r.tenant_id and p.subscription_id = r.subscription_id
