select l.tenant_id, l.id, l.version, l.timer_due_at
from lead l
where l.timer_due_at <= $1
order by l.timer_due_at, l.tenant_id, l.id
limit $2
