-- Versions that are scored beside the active one, as far as the projector has heard; gone with the last of its rows.
create table shadow_run (
  tenant_id varchar not null,
  version integer not null,
  since timestamptz not null,
  constraint shadow_run_pkey primary key (tenant_id, version)
);

-- What such a version makes of a lead that was touched since.
create table shadow_lead (
  tenant_id varchar not null,
  version integer not null,
  lead_id uuid not null,
  lead_version bigint not null,
  cycle integer not null,
  -- As of lead, without names the person goes by and attributes the version does not look at.
  state bytea not null,
  constraint shadow_lead_pkey primary key (tenant_id, version, lead_id)
) with (fillfactor = 80);

-- Cycles in which the version would have qualified a lead, or the service did.
create table shadow_cycle (
  tenant_id varchar not null,
  version integer not null,
  lead_id uuid not null,
  cycle integer not null,
  would_qualify_at timestamptz null,
  score double precision not null,
  grade smallint not null,
  qualified_at timestamptz null,
  constraint shadow_cycle_pkey primary key (tenant_id, version, lead_id, cycle)
);
