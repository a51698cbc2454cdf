update engagement_verdict_lead
set is_done = true
where tenant_id = $1 and kind = $2 and id = $3 and lead_id = any($4)
