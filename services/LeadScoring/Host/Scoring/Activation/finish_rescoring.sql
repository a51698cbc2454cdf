update rescoring
set finished_at = $5
where tenant_id = $1 and held_from = $2 and model_version = $3 and walk = $4 and finished_at is null
