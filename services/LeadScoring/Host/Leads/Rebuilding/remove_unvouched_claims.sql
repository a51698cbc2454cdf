-- Claims of the page's streams that no event of theirs speaks of.
delete from stream_key k
using unnest($1, $2) as p (tenant_id, id)
where k.tenant_id = p.tenant_id and k.stream_id = p.id
  and not exists (
    select
    from unnest($3, $4, $5, $6) as v (tenant_id, kind, value, stream_id)
    where v.tenant_id = k.tenant_id and v.kind = k.kind and v.value = k.value and v.stream_id = k.stream_id
  )
