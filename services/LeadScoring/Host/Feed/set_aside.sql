insert into feed_set_aside (log_seq, tenant_id, event_id, type, reason)
select n.log_seq, n.tenant_id, n.event_id, n.type, n.reason
from unnest($1::bigint[], $2::text[], $3::uuid[], $4::text[], $5::text[]) as n (log_seq, tenant_id, event_id, type, reason)
