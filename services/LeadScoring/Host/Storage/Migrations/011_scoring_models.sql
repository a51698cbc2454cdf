-- The model version a lead crosses under only because the model changed, while it waits for marketing; otherwise null.
alter table lead add column held_for integer null;

create index lead_held on lead (tenant_id, held_for, score desc, id desc) where held_for is not null;
