select coalesce(max(seq_id), 0)
from mt_events
