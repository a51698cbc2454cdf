select
  seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id,
  headers ->> 'actor', headers ->> 'traceparent'
from mt_events
where tenant_id = $1 and stream_id = $2 and version > $3
order by version
