select s.tenant_id, s.id, s.version
from mt_streams s
where s.type = $1 and (uuid_hash(s.id) & $2) = $3
