select
  l.tenant_id,
  l.id,
  not exists (select from mt_streams s where s.tenant_id = l.tenant_id and s.id = l.id and s.type = $1 and s.version > 0) as is_orphan
from lead l
where (l.tenant_id, l.id) > ($2, $3)
  and ($4::text is null or l.tenant_id = $4)
  and ($5::uuid is null or l.id = $5)
order by l.tenant_id, l.id
limit $6
