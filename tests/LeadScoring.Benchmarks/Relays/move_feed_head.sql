insert into feed_head (tenant_id, position, log_seq)
values ('benchmark', $1, $1)
on conflict (tenant_id) do update
set position = excluded.position, log_seq = excluded.log_seq
