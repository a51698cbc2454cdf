-- What was only looked at is to be done: exactly what was found.
update engagement_verdict
set is_wanted = true, state = case when state = 'found' then 'applying' else state end
where tenant_id = $1 and kind = $2 and id = $3 and not is_wanted
