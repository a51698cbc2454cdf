-- The inline projection: one row a lead, written in the transaction of its events. Everything a decision needs is in
-- state; the columns beside it are what lists filter and sort by.
create table lead (
  tenant_id varchar not null,
  id uuid not null,
  version bigint not null,
  stage varchar not null,
  grade varchar not null,
  -- EngagementScore at score_as_of; decay moves it by no more than max(0.5 point, 1 %) before refresh_due_at.
  score double precision not null,
  score_as_of timestamptz not null,
  refresh_due_at timestamptz null,
  model_id varchar not null,
  owner varchar null,
  sources text[] not null,
  campaigns text[] not null,
  -- -infinity: never, so that lists sort and page without nulls.
  last_engaged_at timestamptz not null,
  updated_at timestamptz not null,
  -- json, not jsonb: it is only ever read and written whole.
  state json not null,
  constraint lead_pkey primary key (tenant_id, id)
) with (fillfactor = 80);

create index lead_by_score on lead (tenant_id, score desc, id desc);
create index lead_by_last_engaged_at on lead (tenant_id, last_engaged_at desc, id desc);
create index lead_by_updated_at on lead (tenant_id, updated_at desc, id desc);
create index lead_by_stage on lead (tenant_id, stage, score desc, id desc) where stage <> 'inquiry';
create index lead_by_owner on lead (tenant_id, owner, score desc, id desc) where owner is not null;
create index lead_refresh_due on lead (refresh_due_at) where refresh_due_at is not null;
