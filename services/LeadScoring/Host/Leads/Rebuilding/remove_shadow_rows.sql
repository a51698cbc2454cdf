delete from lead_rebuild l
using unnest($1, $2) as p (tenant_id, id)
where l.tenant_id = p.tenant_id and l.id = p.id
