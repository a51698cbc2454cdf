-- The leads named outright and those that hold a stated identity, each once.
with wanted as (
  select named.tenant_id, named.id
  from unnest($1, $2) as named (tenant_id, id)
  union
  select k.tenant_id, k.stream_id
  from unnest($3, $4, $5) as stated (tenant_id, kind, value)
  join stream_key k on k.tenant_id = stated.tenant_id and k.kind = stated.kind and k.value = stated.value
)
select s.tenant_id, s.id, s.version, coalesce(s.is_archived, false), l.version, l.updated_at, l.state
from wanted w
join mt_streams s on s.tenant_id = w.tenant_id and s.id = w.id and s.type = 'lead'
left join lead l on l.tenant_id = s.tenant_id and l.id = s.id
