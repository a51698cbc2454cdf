select r.state, r.since, r.last_error, r.last_error_at
from broker_relay r
where r.name = $1
