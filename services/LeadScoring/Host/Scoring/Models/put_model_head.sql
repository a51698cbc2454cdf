-- Written unless the append it belongs to, the only one of its call, lost.
insert into scoring_model_head (tenant_id, version)
select $1, $2
where coalesce(nullif(current_setting('leadscoring.lost_appends', true), ''), '{}') = '{}'
on conflict (tenant_id) do update set version = excluded.version
