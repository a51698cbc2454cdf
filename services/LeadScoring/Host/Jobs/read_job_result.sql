select j.result from job j where j.tenant_id = $1 and j.id = $2 and j.state = 'succeeded'
