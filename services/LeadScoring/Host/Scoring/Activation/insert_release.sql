insert into held_release (tenant_id, model_version, id, grades, lead_count, per_day, actor, note, created_at, is_cancelled)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, false
where (
  select count(*) from held_release r where r.tenant_id = $1 and r.model_version = $2 and r.ended_at is null) < $10
on conflict do nothing
