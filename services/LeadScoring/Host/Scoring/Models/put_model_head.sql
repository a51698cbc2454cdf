-- Written unless the append it belongs to, the only one of its call, lost. When it is later than $3, the division fails and
-- takes the append with it: in the returning, so that what this row was waited for counts too.
insert into scoring_model_head (tenant_id, version)
select $1, $2
where coalesce(nullif(current_setting('leadscoring.lost_appends', true), ''), '{}') = '{}'
on conflict (tenant_id) do update set version = excluded.version
returning 1 / case when clock_timestamp() > $3 then 0 else 1 end
