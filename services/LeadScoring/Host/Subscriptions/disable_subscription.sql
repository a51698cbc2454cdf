-- Runs with the append of the event; when that lost, nothing changes here either.
update subscription s
set
  revision = s.revision + 1,
  stream_version = $3 + 1,
  enabled = false,
  disabled_reason = $4,
  disabled_at = $5,
  updated_at = $5
where s.tenant_id = $1
  and s.id = $2
  and s.stream_version = $3
  and coalesce(nullif(current_setting('leadscoring.lost_appends', true), ''), '{}') = '{}'
