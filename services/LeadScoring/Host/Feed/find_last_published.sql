select coalesce(max(h.log_seq), 0) from feed_head h
