select
  k.tenant_id,
  k.kind,
  k.value,
  k.stream_id,
  not exists (select from mt_streams s where s.tenant_id = k.tenant_id and s.id = k.stream_id and s.version > 0) as is_orphan
from stream_key k
where (k.tenant_id, k.kind, k.value) > ($1, $2, $3)
  and ($4::text is null or k.tenant_id = $4)
  and ($5::uuid is null or k.stream_id = $5)
order by k.tenant_id, k.kind, k.value
limit $6
