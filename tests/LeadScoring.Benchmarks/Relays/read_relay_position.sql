select coalesce((select p.last_seq_id from mt_event_progression p where p.name = 'Broker:All'), -1)
