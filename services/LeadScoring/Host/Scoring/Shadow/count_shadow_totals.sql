-- Instants are texts in the documents: RFC 3339, which PostgreSQL reads.
select
  (select count(*) from mt_doc_shadow_lead l where l.tenant_id = $1 and l.model_version = $2),
  count(*) filter (where c.would_qualify_at >= $3),
  count(*) filter (where c.qualified_at >= $3),
  count(*) filter (where c.would_qualify_at >= $3 and c.qualified_at is not null),
  count(*) filter (where c.qualified_at >= $3 and c.would_qualify_at is null)
from (
  select (d.data ->> 'WouldQualifyAt')::timestamptz as would_qualify_at, (d.data ->> 'QualifiedAt')::timestamptz as qualified_at
  from mt_doc_shadow_cycle d
  where d.tenant_id = $1 and d.model_version = $2
) c
