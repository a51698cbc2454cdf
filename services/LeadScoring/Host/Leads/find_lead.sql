select l.updated_at, l.state
from lead l
where l.tenant_id = $1 and l.id = $2
