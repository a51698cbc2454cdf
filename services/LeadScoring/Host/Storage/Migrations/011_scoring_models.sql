-- The version of each tenant's stream of scoring models, written with its events: what an instance must look at to know
-- whether the models it holds are still those that count.
create table scoring_model_head (
  tenant_id varchar not null,
  version bigint not null,
  constraint scoring_model_head_pkey primary key (tenant_id)
);

-- The model version a lead crosses under only because the model changed, while it waits for marketing; otherwise null.
alter table lead add column held_for integer null;

create index lead_held on lead (tenant_id, held_for, score desc, id desc) where held_for is not null;
