update engagement_verdict
set engagements = $4, unknown_ids = $5, state = case when is_wanted then 'applying' else 'found' end
where tenant_id = $1 and kind = $2 and id = $3
