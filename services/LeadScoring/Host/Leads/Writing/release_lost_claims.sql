-- Takes back what this transaction claimed for leads that it then did not store: their document is not its work.
delete from mt_doc_lead_identity k
using unnest($1, $2, $3) as c (tenant_id, id, lead_id)
where k.tenant_id = c.tenant_id and k.id = c.id and k.lead_id = c.lead_id and k.xmin = pg_current_xact_id()::xid
  and not exists (
    select from mt_doc_lead l where l.tenant_id = c.tenant_id and l.id = c.lead_id and l.xmin = pg_current_xact_id()::xid)
