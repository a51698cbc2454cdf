-- Retractions and restorations of engagements that were asked for, and how far each is. What they did stands in the leads'
-- streams; these rows only say what is left to do.
create table engagement_verdict (
  tenant_id varchar not null,
  -- retraction, restoration
  kind varchar not null,
  -- The client's.
  id uuid not null,
  -- Of what was asked for, but for whether it is to be done: tells a repeat from another request under the same id.
  request_hash bytea not null,
  -- What engagements must be to be found in the log; null: they were named, or are those of a retraction.
  source varchar null,
  type varchar null,
  campaign varchar null,
  occurred_from timestamptz null,
  occurred_to timestamptz null,
  -- The retraction whose engagements are restored; null: they were named.
  of_retraction uuid null,
  reason varchar not null,
  actor varchar not null,
  -- finding, found, applying, done, failed
  state varchar not null,
  -- False: it is only looked at what would be done.
  is_wanted boolean not null,
  -- The log is searched for engagements of (log_position, log_end].
  log_position bigint not null,
  log_end bigint not null,
  engagements integer not null,
  unknown_ids integer not null,
  failure varchar null,
  created_at timestamptz not null,
  finished_at timestamptz null,
  -- By the database's clock: from then on any instance may go on with it.
  leased_until timestamptz not null,
  constraint engagement_verdict_pkey primary key (tenant_id, kind, id)
);

create index engagement_verdict_unfinished on engagement_verdict (created_at) where state in ('finding', 'applying');

create table engagement_verdict_lead (
  tenant_id varchar not null,
  kind varchar not null,
  id uuid not null,
  lead_id uuid not null,
  -- The engagements, as their producers name them: as many ids as sources.
  sources text[] not null,
  ids text[] not null,
  is_done boolean not null,
  constraint engagement_verdict_lead_pkey primary key (tenant_id, kind, id, lead_id)
);
