-- One row for each time a model began to hold for a tenant: how far the pass over all its leads is that scores them under it.
create table rescoring (
  tenant_id varchar not null,
  held_from timestamptz not null,
  model_version integer not null,
  model_id varchar not null,
  -- How often the pass began with the first lead; a change of it tells one who is in the middle to stop.
  walk integer not null,
  -- The last lead looked at.
  after_id uuid not null,
  leads_total bigint not null,
  leads_done bigint not null,
  leads_rescored bigint not null,
  leads_crossed bigint not null,
  leads_failed bigint not null,
  started_at timestamptz not null,
  walk_started_at timestamptz not null,
  finished_at timestamptz null,
  constraint rescoring_pkey primary key (tenant_id, held_from, model_version)
);

-- What marketing released of the leads that crossed only because the model changed: some at once, or some a day.
create table held_release (
  tenant_id varchar not null,
  model_version integer not null,
  -- The client's name for it: a repeat means the same release.
  id varchar not null,
  grades text[] not null,
  lead_count integer null,
  per_day integer null,
  actor varchar not null,
  note varchar null,
  created_at timestamptz not null,
  ended_at timestamptz null,
  is_cancelled boolean not null,
  constraint held_release_pkey primary key (tenant_id, model_version, id)
);

create index held_release_open on held_release (created_at) where ended_at is null;

-- The leads a release has taken: written before they are handed off, so that no more are taken after a crash.
create table held_release_lead (
  tenant_id varchar not null,
  model_version integer not null,
  release_id varchar not null,
  lead_id uuid not null,
  -- UTC.
  day date not null,
  -- Null: to be handed off; released; rests: its cool-down has not ended; gone: it went on by itself.
  outcome varchar null,
  constraint held_release_lead_pkey primary key (tenant_id, model_version, release_id, lead_id)
);

create unique index held_release_lead_open on held_release_lead (tenant_id, model_version, lead_id) where outcome is null;
