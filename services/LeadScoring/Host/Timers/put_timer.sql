-- Only while the row is as it was found: whoever wrote it meanwhile knows better when it is due.
update lead l
set timer_due_at = $4
where l.tenant_id = $1 and l.id = $2 and l.version = $3
