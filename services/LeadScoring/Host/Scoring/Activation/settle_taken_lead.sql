update held_release_lead
set outcome = $5, day = $6
where tenant_id = $1 and model_version = $2 and release_id = $3 and lead_id = $4
  and (outcome is null or (outcome = 'freed' and $5 = 'released'))
