copy mt_streams (tenant_id, id, type, version, timestamp, created, is_archived) from stdin (format binary)
