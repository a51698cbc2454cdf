-- The array is made once; a join with the limited rows might, by old statistics, be planned to read them anew for every row.
delete from shadow_lead
where tenant_id = $1 and version = $2
  and lead_id = any (array(select lead_id from shadow_lead where tenant_id = $1 and version = $2 order by lead_id limit $3))
