insert into broker_relay as r (name, state, since, last_error, last_error_at)
values ($1, $2, $3, $4, $5)
on conflict (name) do update
set
  state = excluded.state,
  since = excluded.since,
  last_error = coalesce(excluded.last_error, r.last_error),
  last_error_at = coalesce(excluded.last_error_at, r.last_error_at)
