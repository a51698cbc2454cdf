select h.tenant_id, h.position, h.log_seq
from feed_head h
where h.log_seq > $1
order by h.log_seq
