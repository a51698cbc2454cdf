select exists (
  select from rescoring where tenant_id = $1 and held_from = $2 and model_version = $3 and finished_at is not null)
