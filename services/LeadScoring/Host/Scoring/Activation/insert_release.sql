insert into held_release (tenant_id, model_version, id, grades, lead_count, per_day, actor, note, created_at, is_cancelled)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, false)
on conflict do nothing
