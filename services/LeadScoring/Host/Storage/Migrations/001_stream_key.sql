-- Names that streams claim for themselves (an e-mail, an external id): at most one stream holds each.
create table stream_key (
  tenant_id varchar not null,
  kind varchar not null,
  value varchar not null,
  stream_id uuid not null,
  constraint pk_stream_key primary key (tenant_id, kind, value)
);

create index idx_stream_key_stream on stream_key (tenant_id, stream_id);
