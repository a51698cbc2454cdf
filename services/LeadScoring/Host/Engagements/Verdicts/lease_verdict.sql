update engagement_verdict
set leased_until = now() + $4
where tenant_id = $1 and kind = $2 and id = $3 and leased_until < now() and state in ('finding', 'applying')
