update engagement_verdict
set state = 'done', finished_at = $4
where tenant_id = $1 and kind = $2 and id = $3 and state = 'applying'
