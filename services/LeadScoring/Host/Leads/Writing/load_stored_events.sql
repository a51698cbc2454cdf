-- By the number kept beside the id, so that only the partition that holds an event is looked into.
select e.seq_id, e.id, e.tenant_id, e.stream_id, e.version, e.type, e.data, e.timestamp
from event_id i
cross join lateral (
  select m.seq_id, m.id, m.tenant_id, m.stream_id, m.version, m.type, m.data, m.timestamp
  from mt_events m
  where m.seq_id = i.seq_id
  limit 1
) e
where i.id = any($1)
