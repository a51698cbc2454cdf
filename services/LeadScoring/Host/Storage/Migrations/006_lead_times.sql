-- Both times grow: in ascending order nearly every entry goes to the index's last page, which stays in memory and splits
-- full instead of half. Lists read them backwards.
drop index lead_by_last_engaged_at;

drop index lead_by_updated_at;

create index lead_by_last_engaged_at on lead (tenant_id, last_engaged_at, id);

create index lead_by_updated_at on lead (tenant_id, updated_at, id);
