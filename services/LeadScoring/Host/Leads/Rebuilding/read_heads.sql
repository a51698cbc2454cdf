select s.tenant_id, s.id, s.version
from unnest($1, $2) as p (tenant_id, id)
join mt_streams s on s.tenant_id = p.tenant_id and s.id = p.id and s.type = $3
