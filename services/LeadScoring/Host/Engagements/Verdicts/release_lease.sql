update engagement_verdict
set leased_until = '-infinity'
where tenant_id = $1 and kind = $2 and id = $3
