select last_value - case when is_called then 0 else 1 end from mt_events_sequence
