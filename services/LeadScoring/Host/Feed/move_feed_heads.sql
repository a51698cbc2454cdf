insert into feed_head as h (tenant_id, position, log_seq)
select n.tenant_id, n.position, n.log_seq
from unnest($1::text[], $2::bigint[], $3::bigint[]) as n (tenant_id, position, log_seq)
on conflict (tenant_id) do update
set position = excluded.position, log_seq = excluded.log_seq
