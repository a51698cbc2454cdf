-- The leads named outright and those that go by a stated identity, each once, with what their streams say of them: where another
-- application has appended, the document is behind.
with wanted as (
  select named.tenant_id, named.id
  from unnest($1, $2) as named (tenant_id, id)
  union
  select k.tenant_id, k.lead_id
  from unnest($3, $4) as stated (tenant_id, id)
  join mt_doc_lead_identity k on k.tenant_id = stated.tenant_id and k.id = stated.id
)
select s.tenant_id, s.id, s.version, coalesce(s.is_archived, false), l.mt_version, l.data
from wanted w
join mt_streams s on s.tenant_id = w.tenant_id and s.id = w.id and s.type = $5
left join mt_doc_lead l on l.tenant_id = s.tenant_id and l.id = s.id
