copy stream_key (tenant_id, kind, value, stream_id) from stdin (format binary)
