-- Foreign appends that the log did not show in time, and streams that are hurt.
select s.tenant_id, s.id, s.version
from mt_streams s
left join lead l on l.tenant_id = s.tenant_id and l.id = s.id
where s.type = $1 and s.version > 0 and l.version is distinct from s.version
