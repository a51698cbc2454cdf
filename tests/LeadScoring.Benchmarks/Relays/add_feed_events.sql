insert into feed_event (tenant_id, position, log_seq, event_id, type, subject, at, body)
select
  'benchmark', $1 + n, $1 + n, gen_random_uuid(), ($4::text[])[1 + n % array_length($4::text[], 1)],
  md5((n % $3)::text)::uuid, now(), convert_to(repeat(md5(n::text), $5 / 32), 'UTF8')
from generate_series(1, $2) n
