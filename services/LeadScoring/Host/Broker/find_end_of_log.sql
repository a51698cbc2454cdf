select greatest(
  (select s.last_value - case when s.is_called then 0 else 1 end from mt_events_sequence s),
  (select coalesce(max(h.log_seq), 0) from feed_head h))
