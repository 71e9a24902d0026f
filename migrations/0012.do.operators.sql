-- Operators: people who run the system, with roles. Accounts of its own, and bars of operators of OpenID Connect, who have
-- no account here. A row stays: a name that acted is never another person's.
create table operators (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 600),
  -- Names of accounts differ by more than case; `subject@issuer` of OpenID Connect is exact. No account has an @.
  name_key text generated always as
    (case when strpos(name, '@') > 0 then name else lower(name collate "C") end) stored,
  -- Null of an operator of OpenID Connect.
  password_hash text,
  roles text[] not null default '{}'
    check (roles <@ array['viewer', 'operator', 'risk', 'approver', 'auditor']),
  -- Tokens name it: another version is void, at once.
  token_version integer not null default 1,
  created_by text not null,
  created_at timestamptz not null default now(),
  disabled_by text,
  disabled_at timestamptz,
  check ((disabled_by is null) = (disabled_at is null)),
  -- `ecs` is the system itself where acts are kept.
  check (case when password_hash is null then strpos(name, '@') > 0
    else name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' and lower(name collate "C") <> 'ecs' and cardinality(roles) > 0 end)
);
create unique index operators_name_key on operators (name_key);

insert into service_grants values
  ('ecs_back_office', 'select', 'operators'),
  -- It closes limits for operators.
  ('ecs_credit', 'select (name, name_key, roles, token_version, disabled_at)', 'operators'),
  ('ecs_back_office', 'select, insert, update, delete', 'idempotency_keys'),
  ('ecs_back_office', 'select, insert, update', 'policies'),
  ('ecs_back_office', 'select, insert, update, delete', 'policy_activations'),
  ('ecs_back_office', 'select, insert', 'policy_events'),
  -- A customer as operators see one: no password, no idempotency key, no single event.
  ('ecs_back_office', 'select (id, email, email_key, jurisdiction, locale, created_at, updated_at)', 'users'),
  ('ecs_back_office', 'select', 'customer_exposures'),
  ('ecs_back_office', 'select', 'credit_limits'),
  ('ecs_back_office', 'select', 'credit_analyses'),
  ('ecs_back_office', 'select', 'credit_analysis_chain'),
  ('ecs_back_office', 'select', 'emotional_events_summary'),
  ('ecs_back_office', 'select', 'transaction_daily_sums');
select grant_to_parts();
