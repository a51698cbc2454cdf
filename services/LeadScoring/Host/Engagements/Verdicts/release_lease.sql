update engagement_verdict
set leased_until = now() - interval '1 microsecond'
where tenant_id = $1 and kind = $2 and id = $3
