select
  s.tenant_id, s.id, s.revision, s.stream_version, s.url, s.event_types, s.description, s.enabled, s.disabled_reason, s.disabled_at,
  s.tried_since, s.secret, s.former_secret, s.former_secret_until, s.created_at, s.updated_at,
  p.position, p.failures_in_a_row, p.failing_since, p.last_attempt_at, p.last_success_at, p.last_error,
  coalesce((h.data ->> 'Position')::bigint, 0) as head,
  (
    select count(*)
    from webhook_delivery d
    where d.tenant_id = s.tenant_id and d.subscription_id = s.id and d.status in ('pending', 'waiting')
  ) as pending
from subscription s
join subscription_progress p on p.tenant_id = s.tenant_id and p.subscription_id = s.id
left join mt_doc_feed_head h on h.id = s.tenant_id
where s.tenant_id = $1
  and s.deleted_at is null
  and ($2::uuid is null or s.id = $2)
  and ($3::timestamptz is null or (s.created_at, s.id) < ($3, $4::uuid))
order by s.created_at desc, s.id desc
limit $5
