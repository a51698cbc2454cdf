update mt_event_progression
set last_seq_id = $3, last_updated = transaction_timestamp()
where name = $1 and last_seq_id = $2
