-- Long work, done by whichever instance takes it, and what came of it.
create table job (
  tenant_id varchar not null,
  id uuid not null,
  kind varchar not null,
  -- Null: the work is about no single version.
  model_version integer null,
  -- Version and fingerprint of the document it is about.
  model_id varchar null,
  -- As it is shown.
  request json not null,
  -- Everything the work depends on besides the log: done again, it gives the same result.
  parameters json not null,
  -- queued, running, succeeded, failed, cancelled
  state varchar not null,
  requested_by varchar not null,
  -- The client's Idempotency-Key, and the hash of what it sent with it.
  creation_key varchar null,
  creation_hash bytea not null,
  created_at timestamptz not null,
  -- Of the latest run.
  started_at timestamptz null,
  finished_at timestamptz null,
  cancel_requested_at timestamptz null,
  -- How often it was begun; being stopped with the instance does not count.
  runs integer not null,
  -- Who may write the row while it runs: whoever took it last.
  run_id uuid null,
  -- By the database's clock: from then on any instance may take it over.
  lease_until timestamptz null,
  events bigint not null,
  -- 0: not known.
  events_total bigint not null,
  leads bigint not null,
  events_per_second double precision not null,
  result json null,
  failure varchar null,
  constraint job_pkey primary key (tenant_id, id)
) with (fillfactor = 50);

create unique index job_one_per_creation_key on job (tenant_id, creation_key) where creation_key is not null;

create index job_by_created on job (tenant_id, kind, created_at desc, id desc);

create index job_unfinished on job (tenant_id, created_at) where state in ('queued', 'running');

create index job_by_finished on job (tenant_id, finished_at desc, id desc) where finished_at is not null;
