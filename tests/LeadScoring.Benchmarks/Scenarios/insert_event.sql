insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived)
values (nextval('mt_events_sequence'), $1, $2, 1, $3, 'engagement_recorded', now(), 'benchmark', false)
