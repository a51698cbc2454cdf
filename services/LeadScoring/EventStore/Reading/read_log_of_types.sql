select
  seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id,
  headers ->> 'actor', headers ->> 'traceparent'
from mt_events
where seq_id > $1 and seq_id <= $2 and type = any($3)
order by seq_id
limit $4
