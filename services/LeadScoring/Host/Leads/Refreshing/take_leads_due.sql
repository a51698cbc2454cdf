-- Rows another instance is refreshing, or a writer is writing, are passed over: they are in good hands.
select l.tenant_id, l.id, l.version, l.state
from lead l
where l.refresh_due_at <= $1
order by l.refresh_due_at
limit $2
for no key update skip locked
