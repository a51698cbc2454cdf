delete from shadow_run where tenant_id = $1 and version = $2
