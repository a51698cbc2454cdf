insert into feed_head (tenant_id, position, log_seq)
values ($1, $2, $2)
on conflict (tenant_id) do update
set position = excluded.position, log_seq = excluded.log_seq
