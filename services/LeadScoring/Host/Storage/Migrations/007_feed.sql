-- What subscribers get: published events in an order without gaps for each tenant, written by one projector from the log.
create table feed_event (
  tenant_id varchar not null,
  -- 1, 2, 3, ... without a gap.
  position bigint not null,
  -- The log event it was made from: at most one published event each, and the order over all tenants.
  log_seq bigint not null,
  event_id uuid not null,
  type varchar not null,
  subject uuid not null,
  at timestamptz not null,
  -- The CloudEvent, UTF-8 JSON: frozen, so that everybody is sent the same bytes for ever.
  body bytea not null,
  constraint feed_event_pkey primary key (tenant_id, position),
  constraint feed_event_one_per_log_event unique (log_seq)
);

-- How far along a tenant is in the order of the log.
create index feed_event_by_tenant_and_log_seq on feed_event (tenant_id, log_seq);

create table feed_head (
  tenant_id varchar not null,
  position bigint not null,
  log_seq bigint not null,
  constraint feed_head_pkey primary key (tenant_id)
) with (fillfactor = 50);

create index feed_head_by_log_seq on feed_head (log_seq);

-- Events that are meant to be published and cannot be read: without a position, and never forgotten. None are expected.
create table feed_set_aside (
  log_seq bigint not null,
  tenant_id varchar not null,
  event_id uuid not null,
  type varchar not null,
  reason varchar not null,
  at timestamptz not null default now(),
  constraint feed_set_aside_pkey primary key (log_seq)
);
