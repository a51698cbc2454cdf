-- Compare and set: a stretch of the log is searched once, whoever else searches.
update engagement_verdict
set
  log_position = $5,
  engagements = engagements + $6,
  state = case when $5 < log_end then state when is_wanted then 'applying' else 'found' end
where tenant_id = $1 and kind = $2 and id = $3 and state = 'finding' and log_position = $4
