-- Leads it has given, or that had gone on by themselves, it takes no more.
select exists (
  select
  from mt_doc_lead l
  where l.tenant_id = $1 and l.held_for = $2
    and (cardinality($4) = 0 or l.grade = any($4))
    and not exists (
      select
      from held_release_lead t
      where t.tenant_id = $1 and t.model_version = $2 and t.release_id = $3 and t.lead_id = l.id and t.outcome <> 'rests'))
