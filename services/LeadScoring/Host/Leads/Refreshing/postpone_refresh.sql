update lead l
set refresh_due_at = $4
where l.tenant_id = $1 and l.id = $2 and l.version = $3
