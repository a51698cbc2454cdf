-- All cycles of a lead at once, so a few more than the limit.
delete from shadow_cycle
where tenant_id = $1 and version = $2
  and lead_id = any (array(select lead_id from shadow_cycle where tenant_id = $1 and version = $2 order by lead_id limit $3))
