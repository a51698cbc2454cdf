select
  d.position, (f.data ->> 'EventId')::uuid, f.data ->> 'Type', (f.data ->> 'Subject')::uuid, d.status, d.attempts, d.last_attempt_at, d.latency_ms, d.status_code, d.answer, d.error,
  d.next_attempt_at, d.finished_at
from webhook_delivery d
join mt_doc_feed_entry f on f.tenant_id = d.tenant_id and f.id = d.position
where d.tenant_id = $1
  and d.subscription_id = $2
  and ($3::text is null or d.status = $3)
  and ($4::bigint is null or d.position < $4)
  and ($5::bigint is null or d.position = $5)
order by d.position desc
limit $6
