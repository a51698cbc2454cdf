delete from stream_key k
using unnest($1, $2, $3, $4) as o (tenant_id, kind, value, stream_id)
where k.tenant_id = o.tenant_id and k.kind = o.kind and k.value = o.value and k.stream_id = o.stream_id
  and not exists (select from mt_streams s where s.tenant_id = k.tenant_id and s.id = k.stream_id and s.version > 0)
