select
  s.tenant_id, s.id, s.revision, s.stream_version, s.url, s.event_types, s.description, s.enabled, s.disabled_reason, s.disabled_at,
  s.tried_since, s.secret, s.former_secret, s.former_secret_until, s.created_at, s.updated_at,
  p.position, p.failures_in_a_row, p.failing_since, p.last_attempt_at, p.last_success_at, p.last_error,
  coalesce((h.data ->> 'Position')::bigint, 0) as head
from unnest($1, $2) as k (tenant_id, id)
join subscription s on s.tenant_id = k.tenant_id and s.id = k.id
join subscription_progress p on p.tenant_id = s.tenant_id and p.subscription_id = s.id
left join mt_doc_feed_head h on h.id = s.tenant_id
where s.enabled and s.deleted_at is null
