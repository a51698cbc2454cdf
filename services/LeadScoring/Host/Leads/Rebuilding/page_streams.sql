select s.tenant_id, s.id, s.version
from mt_streams s
where s.type = $1
  and (s.tenant_id, s.id) > ($2, $3)
  and ($4::text is null or s.tenant_id = $4)
  and ($5::uuid is null or s.id = $5)
order by s.tenant_id, s.id
limit $6
