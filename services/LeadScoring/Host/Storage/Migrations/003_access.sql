create table tenant (
  id varchar not null,
  name varchar not null,
  -- The first tenant. Its admin keys manage all tenants.
  operator boolean not null,
  created_at timestamptz not null,
  revoked_at timestamptz null,
  constraint tenant_pkey primary key (id),
  constraint tenant_operator_not_revoked check (not (operator and revoked_at is not null))
);

create unique index tenant_one_operator on tenant (operator) where operator;

create table api_key (
  id varchar not null,
  tenant_id varchar not null,
  name varchar not null,
  -- SHA-256 of the secret. A slow hash protects guessable secrets; these are 256 random bits, which nobody guesses at
  -- any speed, and every request has to check one.
  secret_hash bytea not null,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz null,
  revoked_at timestamptz null,
  constraint api_key_pkey primary key (id),
  constraint api_key_tenant_fkey foreign key (tenant_id) references tenant (id)
);

create index api_key_by_tenant on api_key (tenant_id, created_at desc);
