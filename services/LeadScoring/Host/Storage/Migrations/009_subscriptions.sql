-- Where events are posted, as its owner wants it. Written over the API, and when the service switches one off.
create table subscription (
  tenant_id varchar not null,
  id uuid not null,
  -- Grows with each change: how whoever delivers finds out about it.
  revision bigint not null,
  -- Of the subscription's stream in the event store.
  stream_version bigint not null,
  url varchar not null,
  -- Null: all.
  event_types text[] null,
  description varchar null,
  enabled boolean not null,
  disabled_reason varchar null,
  disabled_at timestamptz null,
  -- Failures before this say nothing: it was enabled then, or got another address.
  tried_since timestamptz not null,
  -- Keys of signatures, encrypted where the service has a key for that: they must be readable to sign.
  secret bytea null,
  former_secret bytea null,
  former_secret_until timestamptz null,
  -- The client's Idempotency-Key, and the hash of what it sent with it.
  creation_key varchar null,
  creation_hash bytea null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Gone for everybody; the row stays until its deliveries are removed.
  deleted_at timestamptz null,
  constraint subscription_pkey primary key (tenant_id, id)
);

create index subscription_by_created on subscription (tenant_id, created_at desc, id desc) where deleted_at is null;

create unique index subscription_one_per_creation_key on subscription (tenant_id, creation_key) where creation_key is not null;

-- How far each is, written by whoever delivers, about once a second.
create table subscription_progress (
  tenant_id varchar not null,
  subscription_id uuid not null,
  -- Everything up to here is finished, stored as a delivery, or of no interest to the subscription. Only grows.
  position bigint not null,
  failures_in_a_row integer not null,
  failing_since timestamptz null,
  last_attempt_at timestamptz null,
  last_success_at timestamptz null,
  last_error varchar null,
  constraint subscription_progress_pkey primary key (tenant_id, subscription_id)
) with (fillfactor = 50);

-- One event for one subscription. Beyond the progress' position there may be rows already: they were done out of order.
create table webhook_delivery (
  tenant_id varchar not null,
  subscription_id uuid not null,
  position bigint not null,
  -- pending, waiting, delivered, failed
  status varchar not null,
  attempts integer not null,
  next_attempt_at timestamptz null,
  last_attempt_at timestamptz null,
  latency_ms integer null,
  status_code integer null,
  answer varchar null,
  error varchar null,
  finished_at timestamptz null,
  constraint webhook_delivery_pkey primary key (tenant_id, subscription_id, position)
);

create index webhook_delivery_not_delivered on webhook_delivery (tenant_id, subscription_id, status, position)
  where status <> 'delivered';

create index webhook_delivery_unfinished on webhook_delivery (tenant_id, subscription_id, position)
  where status in ('pending', 'waiting');

create index webhook_delivery_by_finished on webhook_delivery (finished_at) where finished_at is not null;

create index subscription_deleted on subscription (deleted_at) where deleted_at is not null;
