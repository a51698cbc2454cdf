select tenant_id, version, since from shadow_run
