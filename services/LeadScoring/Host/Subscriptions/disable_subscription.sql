update subscription
set revision = revision + 1, stream_version = stream_version + 1, enabled = false, disabled_reason = ?, disabled_at = ?, updated_at = ?
where tenant_id = ? and id = ?
