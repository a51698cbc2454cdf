select h.tenant_id, h.position from feed_head h where h.tenant_id = any($1)
