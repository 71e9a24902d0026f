create table users (
  id uuid primary key,
  email text not null,
  password_hash text not null,
  -- The place of the user's newest notification; raised by the statement that inserts it, so places have no gaps.
  notification_count bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create unique index users_email on users (lower(email));

-- Answers of POSTs that carried an Idempotency-Key. `answer` is sealed with the service's secret: it may hold a token.
create table idempotency_keys (
  scope text not null,
  key text not null,
  fingerprint text not null,
  locked_until timestamptz not null,
  answer bytea,
  created_at timestamptz not null default now(),
  primary key (scope, key)
);

create index idempotency_keys_created_at on idempotency_keys (created_at);
