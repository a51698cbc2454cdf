-- Documents and identities that no stream stands behind.
with documents as (
  delete from mt_doc_lead l
  where ($1::text is null or l.tenant_id = $1) and ($2::uuid is null or l.id = $2)
    and not exists (select from mt_streams s where s.tenant_id = l.tenant_id and s.id = l.id and s.type = $3 and s.version > 0)
  returning 1
),
identities as (
  delete from mt_doc_lead_identity k
  where ($1::text is null or k.tenant_id = $1) and ($2::uuid is null or k.lead_id = $2)
    and not exists (select from mt_streams s where s.tenant_id = k.tenant_id and s.id = k.lead_id and s.type = $3 and s.version > 0)
  returning 1
)
select (select count(*) from documents), (select count(*) from identities)
