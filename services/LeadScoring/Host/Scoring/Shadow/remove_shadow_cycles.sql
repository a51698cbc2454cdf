delete from shadow_cycle
where tenant_id = $1 and version = $2
  and (lead_id, cycle) in (
    select lead_id, cycle from shadow_cycle where tenant_id = $1 and version = $2 order by lead_id, cycle limit $3
  )
