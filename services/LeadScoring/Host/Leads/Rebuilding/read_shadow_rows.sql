select s.tenant_id, s.id, s.version, l.version, l.updated_at, l.state
from unnest($1, $2) as p (tenant_id, id)
join mt_streams s on s.tenant_id = p.tenant_id and s.id = p.id and s.type = $3
left join lead_rebuild l on l.tenant_id = s.tenant_id and l.id = s.id
