-- What was tried before the subscription was enabled again, or got another address, is due at once.
select s.tenant_id, s.id, d.position, (f.data ->> 'Subject')::uuid, d.attempts,
  case when d.next_attempt_at is null or d.last_attempt_at < s.tried_since then s.tried_since else d.next_attempt_at end as due_at
from unnest($1, $2) as k (tenant_id, id)
join subscription s on s.tenant_id = k.tenant_id and s.id = k.id
cross join lateral (
  select u.position, u.attempts, u.next_attempt_at, u.last_attempt_at
  from webhook_delivery u
  where u.tenant_id = s.tenant_id and u.subscription_id = s.id and u.status in ('pending', 'waiting')
  order by u.position
  limit $3
) d
join mt_doc_feed_entry f on f.tenant_id = s.tenant_id and f.id = d.position
order by s.tenant_id, s.id, d.position
