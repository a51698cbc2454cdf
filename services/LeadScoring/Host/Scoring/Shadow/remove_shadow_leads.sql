delete from shadow_lead
where tenant_id = $1 and version = $2
  and lead_id in (select lead_id from shadow_lead where tenant_id = $1 and version = $2 order by lead_id limit $3)
