delete from lead l
using unnest($1, $2) as o (tenant_id, id)
where l.tenant_id = o.tenant_id and l.id = o.id
  and not exists (select from mt_streams s where s.tenant_id = l.tenant_id and s.id = l.id and s.type = $3 and s.version > 0)
