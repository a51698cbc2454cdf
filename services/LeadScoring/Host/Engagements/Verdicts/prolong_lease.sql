update engagement_verdict
set leased_until = now() + $4
where tenant_id = $1 and kind = $2 and id = $3
