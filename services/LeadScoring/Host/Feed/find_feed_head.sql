select h.position from feed_head h where h.tenant_id = $1
