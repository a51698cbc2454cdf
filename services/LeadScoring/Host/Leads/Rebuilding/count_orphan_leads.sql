select count(*)
from lead l
where not exists (select from mt_streams s where s.tenant_id = l.tenant_id and s.id = l.id and s.type = $1 and s.version > 0)
