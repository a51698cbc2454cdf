insert into feed_event (tenant_id, position, log_seq, event_id, type, subject, at, body)
select n.tenant_id, n.position, n.log_seq, n.event_id, n.type, n.subject, n.at, n.body
from unnest($1::text[], $2::bigint[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[], $7::timestamptz[], $8::bytea[])
  as n (tenant_id, position, log_seq, event_id, type, subject, at, body)
