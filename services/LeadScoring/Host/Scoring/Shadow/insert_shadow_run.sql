insert into shadow_run (tenant_id, version, since) values ($1, $2, $3)
