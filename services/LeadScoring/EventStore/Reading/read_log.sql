-- The end is applied outside: with both bounds on the index, PostgreSQL takes the range for small while the table has no
-- statistics, and sorts all of a long log for every page of it.
select
  e.seq_id, e.id, e.tenant_id, e.stream_id, e.version, e.type, e.data, e.timestamp, e.correlation_id, e.causation_id,
  e.headers ->> 'actor', e.headers ->> 'traceparent'
from (
  select
    seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers
  from mt_events
  where seq_id > $1
  order by seq_id
  limit $3
) e
where e.seq_id <= $2
order by e.seq_id
