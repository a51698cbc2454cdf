update rescoring
set
  walk = walk + 1,
  after_id = '00000000-0000-0000-0000-000000000000',
  leads_total = (select count(*) from mt_doc_lead l where l.tenant_id = $1),
  leads_done = 0,
  leads_rescored = 0,
  leads_crossed = 0,
  leads_failed = 0,
  walk_started_at = $5,
  finished_at = null
where tenant_id = $1 and held_from = $2 and model_version = $3 and walk = $4
