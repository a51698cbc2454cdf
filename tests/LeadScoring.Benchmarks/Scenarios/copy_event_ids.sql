copy event_id (id, seq_id)
from stdin (format binary)
