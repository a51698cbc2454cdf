select s.tenant_id, s.name, s.version, s.body::text
from tenant_setting s
where s.tenant_id = any($1)
