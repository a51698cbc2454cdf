-- How the relay to the broker stands, so that every instance can tell. How far it is stands in mt_event_progression.
create table broker_relay (
  name varchar not null,
  state varchar not null,
  since timestamptz not null,
  last_error varchar,
  last_error_at timestamptz,
  constraint broker_relay_pkey primary key (name)
);
