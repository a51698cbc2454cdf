select exists (
  select from job where tenant_id = $1 and kind = 'backtest' and model_version = $2 and model_id = $3 and state = 'succeeded'
)
