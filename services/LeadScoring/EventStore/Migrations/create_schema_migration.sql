create table if not exists schema_migration (
  number integer not null,
  name varchar not null,
  checksum varchar not null,
  applied_at timestamptz not null default now(),
  constraint pk_schema_migration primary key (number)
)
