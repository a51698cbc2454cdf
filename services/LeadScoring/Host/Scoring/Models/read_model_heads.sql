select tenant_id, version from scoring_model_head
