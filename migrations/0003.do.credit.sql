create table credit_limits (
  id uuid primary key,
  user_id uuid not null references users (id),
  status text not null check (status in ('offered', 'accepted', 'active', 'expired')),
  credit_limit numeric(12, 2) not null,
  interest_rate numeric(5, 2) not null,
  credit_type text not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  activated_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- One open offer a user, whatever runs at the same time.
create unique index credit_limits_open on credit_limits (user_id) where status = 'offered';
-- For the reconciler, which looks for acceptances without their effect.
create index credit_limits_accepted on credit_limits (accepted_at) where status = 'accepted';
create index credit_limits_activated on credit_limits (activated_at) where status = 'active';
create index credit_limits_user on credit_limits (user_id, created_at desc, id);

-- The decision record: what was asked, what the model said, what the policy made of it.
create table credit_analyses (
  id uuid primary key,
  user_id uuid not null references users (id),
  approved boolean not null,
  risk_score double precision not null,
  model_version text not null,
  policy_version text not null,
  features jsonb not null,
  contributions jsonb not null,
  reasons jsonb not null,
  offer_id uuid references credit_limits (id),
  trace_id text,
  created_at timestamptz not null default now()
);

create index credit_analyses_user on credit_analyses (user_id, created_at desc);

-- The analysis that still answers for a user. Its row is what two analyses at the same time compete for.
create table credit_analysis_latest (
  user_id uuid primary key references users (id),
  analysis_id uuid not null,
  features jsonb not null,
  analyzed_at timestamptz not null
);

create table notifications (
  id uuid primary key,
  user_id uuid not null references users (id),
  position bigint not null,
  type text not null,
  title text not null,
  message text not null,
  offer_id uuid not null references credit_limits (id),
  created_at timestamptz not null default now(),
  unique (user_id, position),
  unique (offer_id, type)
);
