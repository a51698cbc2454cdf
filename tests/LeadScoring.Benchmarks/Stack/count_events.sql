select count(*)
from mt_events
