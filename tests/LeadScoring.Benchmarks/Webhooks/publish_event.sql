insert into feed_event (tenant_id, position, log_seq, event_id, type, subject, at, body)
values ($1, $2, $2, $3, $4, gen_random_uuid(), now(), convert_to(repeat(md5($2::text), $5 / 32), 'UTF8'))
