update engagement_verdict
set state = 'failed', failure = $4, finished_at = $5
where tenant_id = $1 and kind = $2 and id = $3 and state in ('finding', 'applying')
