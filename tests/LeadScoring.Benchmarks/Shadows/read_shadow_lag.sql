select (select coalesce(max(seq_id), 0) from mt_events) - coalesce((select last_seq_id from mt_event_progression where name = 'Shadow:All'), 0)
