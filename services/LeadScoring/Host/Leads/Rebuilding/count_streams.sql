select count(*)
from mt_streams s
where s.type = $1
  and ($2::text is null or s.tenant_id = $2)
  and ($3::uuid is null or s.id = $3)
