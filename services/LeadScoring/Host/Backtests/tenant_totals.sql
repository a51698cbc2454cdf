select count(*), coalesce(sum(s.version), 0)::bigint
from mt_streams s
where s.tenant_id = $1 and s.type = $2
