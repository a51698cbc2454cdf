update rescoring
set
  after_id = $6,
  leads_done = leads_done + $7,
  leads_rescored = leads_rescored + $8,
  leads_crossed = leads_crossed + $9,
  leads_failed = leads_failed + $10
where tenant_id = $1 and held_from = $2 and model_version = $3 and walk = $4 and after_id = $5 and finished_at is null
