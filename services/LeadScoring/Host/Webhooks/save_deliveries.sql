-- What is finished stays as it is: an instance that led before may be late with what it knew.
insert into webhook_delivery as d (
  tenant_id, subscription_id, position, status, attempts, next_attempt_at, last_attempt_at, latency_ms, status_code, answer, error,
  finished_at)
select
  r.tenant_id, r.subscription_id, r.position, r.status, r.attempts, r.next_attempt_at, r.last_attempt_at, r.latency_ms, r.status_code,
  r.answer, r.error, r.finished_at
from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as r (
  tenant_id, subscription_id, position, status, attempts, next_attempt_at, last_attempt_at, latency_ms, status_code, answer, error,
  finished_at)
order by r.tenant_id, r.subscription_id, r.position
on conflict (tenant_id, subscription_id, position) do update set
  status = excluded.status,
  attempts = excluded.attempts,
  next_attempt_at = excluded.next_attempt_at,
  last_attempt_at = coalesce(excluded.last_attempt_at, d.last_attempt_at),
  latency_ms = excluded.latency_ms,
  status_code = excluded.status_code,
  answer = excluded.answer,
  error = excluded.error,
  finished_at = excluded.finished_at
where d.status in ('pending', 'waiting')
