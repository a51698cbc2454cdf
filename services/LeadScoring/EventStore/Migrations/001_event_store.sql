-- The event store in Marten 9's table layout (Guid streams, conjoined tenancy, event metadata on), so that a Marten
-- application can open the same database. Only the names and types are Marten's; the statements that use them are ours.

-- CACHE 1: a session must not keep numbers back for later, or the log would grow below its end.
create sequence mt_events_sequence as bigint start 1 cache 1;

create table mt_streams (
  tenant_id varchar not null default '*DEFAULT*',
  id uuid not null,
  type varchar,
  version bigint,
  timestamp timestamptz not null default now(),
  created timestamptz not null default now(),
  is_archived boolean default false,
  constraint pkey_mt_streams_tenant_id_id primary key (tenant_id, id)
);

-- Marten's foreign key to mt_streams is left out. 200,000 events in set-based batches of 500 took 1.24 times as long with
-- it (medians of seven interleaved runs: 7.5 s, 6.0 s), and it would guard little: an append stores events only under
-- stream rows that it has locked or created in the same transaction.
create table mt_events (
  seq_id bigint not null,
  id uuid not null,
  stream_id uuid,
  version bigint not null,
  data jsonb not null,
  bdata bytea,
  type varchar(500) not null,
  timestamp timestamptz not null default now(),
  tenant_id varchar default '*DEFAULT*',
  mt_dotnet_type varchar,
  correlation_id varchar,
  causation_id varchar,
  headers jsonb,
  is_archived boolean default false,
  constraint pkey_mt_events_seq_id primary key (seq_id),
  constraint pk_mt_events_stream_and_version unique (tenant_id, stream_id, version)
);

create unique index idx_mt_events_event_id on mt_events (id);

alter sequence mt_events_sequence owned by mt_events.seq_id;

create table mt_event_progression (
  name varchar not null,
  last_seq_id bigint,
  last_updated timestamptz default transaction_timestamp(),
  constraint pk_mt_event_progression primary key (name)
);

-- Names that streams claim for themselves (an e-mail, an external id): at most one stream holds each.
create table stream_key (
  tenant_id varchar not null,
  kind varchar not null,
  value varchar not null,
  stream_id uuid not null,
  constraint pk_stream_key primary key (tenant_id, kind, value)
);

create index idx_stream_key_stream on stream_key (tenant_id, stream_id);
