-- Decisions that can be defended: where facts come from, what a customer has, policies as data, the record of each decision.
-- The version before goes on working on this schema: every new column may be left out, and sums that the new version reads
-- are kept by triggers.

alter table users
  add column jurisdiction text check (jurisdiction ~ '^[A-Z]{2}$'),
  add column locale text not null default 'en' check (locale in ('en', 'pt-BR'));

-- Who reported an event: `platform` with the platform's own key, `customer` with the customer's token. Null: stored before
-- sources were kept; it counts as the customer's.
alter table emotional_events add column source text check (source in ('platform', 'customer'));
alter table transactions add column source text check (source in ('platform', 'customer'));

-- The platform's share of each day's sums; the rest is the customer's.
alter table emotional_daily_sums
  add column platform_event_count bigint not null default 0,
  add column platform_positivity_sum numeric not null default 0,
  add column platform_stress_event_count bigint not null default 0;
alter table transaction_daily_sums
  add column platform_transaction_count bigint not null default 0,
  add column platform_amount_sum numeric not null default 0;

-- offered -> accepted -> active -> closed; offered -> expired.
alter table credit_limits drop constraint credit_limits_status_check;
alter table credit_limits
  add constraint credit_limits_status_check
    check (status in ('offered', 'accepted', 'active', 'expired', 'closed')),
  add column closed_at timestamptz,
  add column closed_reason text check (closed_reason in ('withdrawn', 'closed_by_customer', 'closed_by_operator'));

-- The sum of a customer's accepted and active limits. A row of its own, so that a statement that locks it reads the sum as
-- of the lock and not as of its snapshot: that is what keeps two acceptances at the same time below the highest exposure.
-- `version` counts recorded decisions and changes of the sum: a decision made of an older one is not recorded.
create table customer_exposures (
  user_id uuid primary key references users (id),
  exposure numeric(14, 2) not null default 0 check (exposure >= 0),
  version bigint not null default 0
) with (fillfactor = 50);

create function begin_exposure() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into customer_exposures (user_id) select id from added on conflict do nothing;
  return null;
end $$;
create trigger exposure_begun after insert on users
  referencing new table as added for each statement execute function begin_exposure();

-- Whoever changes a limit, an exposure is the sum of it; and an analysis made before the change is not used any more.
create function keep_exposure() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  customer constant uuid := coalesce(new.user_id, old.user_id);
  before constant numeric := case when old.status in ('accepted', 'active') then old.credit_limit else 0 end;
  after constant numeric := case when new.status in ('accepted', 'active') then new.credit_limit else 0 end;
begin
  if before <> after then
    update customer_exposures set exposure = exposure - before + after, version = version + 1
    where user_id = customer;
    update fact_versions set version = version + 1 where user_id = customer;
  end if;
  return null;
end $$;
-- An offer that is made or that expires changes no sum, and costs nothing here.
create trigger exposure_added after insert on credit_limits
  for each row when (new.status in ('accepted', 'active')) execute function keep_exposure();
create trigger exposure_changed after update of status, credit_limit on credit_limits
  for each row when (old.status in ('accepted', 'active') or new.status in ('accepted', 'active'))
  execute function keep_exposure();
create trigger exposure_removed after delete on credit_limits
  for each row when (old.status in ('accepted', 'active')) execute function keep_exposure();

insert into customer_exposures (user_id, exposure)
select users.id, coalesce(sum(credit_limit), 0)
from users left join credit_limits on user_id = users.id and status in ('accepted', 'active')
group by users.id;

create function count_jurisdiction() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update fact_versions set version = version + 1 where user_id = new.id;
  return null;
end $$;
create trigger jurisdiction_changed after update of jurisdiction on users
  for each row when (old.jurisdiction is distinct from new.jurisdiction) execute function count_jurisdiction();

-- The record of a decision (underwriting/decision/record.ts) and its hash. Null: decided before records were kept.
alter table credit_analyses
  add column record jsonb,
  add column record_hash text,
  add column policy_hash text,
  add column jurisdiction text,
  add column emotion_effect text,
  add column exposure_before numeric(14, 2),
  add column recourse jsonb;
-- A record is some 1.5 KB: it stays in its row, neither compressed nor in a table beside it.
alter table credit_analyses set (toast_tuple_target = 8160);
alter table credit_analysis_latest
  -- What an analysis was made with beside its features: policy, jurisdiction, effect, exposure. Others make it another one.
  add column basis text;

-- The chain of records: each link is the hash of the link before it and of a record. Linked in groups, after the decision.
create table credit_analysis_chain (
  position bigint primary key,
  analysis_id uuid not null unique,
  record_hash text not null,
  link text not null,
  linked_at timestamptz not null default now()
);
create index credit_analyses_created on credit_analyses (created_at, id);
create table credit_analyses_unlinked (analysis_id uuid primary key);

-- Policies: a document never changes under its version.
create table policies (
  version text primary key,
  document jsonb not null,
  hash text not null,
  state text not null default 'draft'
    check (state in ('draft', 'tested', 'proposed', 'approved', 'active', 'retired')),
  created_by text not null,
  created_at timestamptz not null default now(),
  proposed_by text,
  approved_by text,
  check (state in ('draft', 'tested', 'proposed', 'retired') or approved_by is not null),
  -- Those that ship come approved; of any other, the approver is not the proposer.
  check (approved_by is null or created_by = 'ecs' or (lower(approved_by) <> lower(proposed_by)) is true)
);
-- Exactly one is active for each jurisdiction; `*` is every jurisdiction that no other names.
create table policy_activations (
  jurisdiction text primary key check (jurisdiction = '*' or jurisdiction ~ '^[A-Z]{2}$'),
  version text not null references policies (version),
  activated_by text not null,
  activated_at timestamptz not null default now()
);
create table policy_events (
  id bigint generated always as identity primary key,
  version text not null references policies (version),
  act text not null check (act in ('add', 'test', 'propose', 'approve', 'activate', 'rollback', 'retire')),
  actor text not null check (actor <> ''),
  note text,
  -- Of an activation and a rollback, one row a jurisdiction.
  jurisdiction text,
  -- The activation that a rollback undid: the activations that are not undone are the way back.
  undoes bigint unique references policy_events (id),
  -- The figures of a test.
  details jsonb,
  created_at timestamptz not null default now(),
  check (act not in ('activate', 'rollback') or jurisdiction is not null),
  check (act <> 'rollback' or undoes is not null)
);

-- A policy is active while a jurisdiction names it, whoever wrote the activations: one writer after another, each of which
-- sees the activations of the one before.
create function keep_policy_states() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('policy states', 0));
  update policies set state = 'active'
  where state <> 'active' and version in (select version from policy_activations);
  with retired as (
    update policies set state = 'retired'
    where state = 'active' and version not in (select version from policy_activations)
    returning version
  )
  insert into policy_events (version, act, actor, note)
  select version, 'retire', 'ecs', 'no jurisdiction names it any more' from retired;
  return null;
end $$;
create trigger policy_states_kept after insert or update or delete on policy_activations
  for each statement execute function keep_policy_states();

create function keep_policy_document() returns trigger language plpgsql as $$
begin
  raise exception 'policy % never changes: give the new document a new version', old.version;
end $$;
create trigger policy_kept before update of version, document, hash on policies
  for each row when (old.* is distinct from new.*) execute function keep_policy_document();

create function notify_policies() returns trigger language plpgsql as $$
begin
  perform pg_notify('policies', '');
  return null;
end $$;
create trigger policies_notify after insert or update or delete on policy_activations
  for each statement execute function notify_policies();

-- The relay is woken by messages, not by a statement that could have appended some and did not: most decisions append none.
create or replace function notify_outbox() returns trigger language plpgsql as $$
begin
  if exists (select from added) then
    perform pg_notify('outbox', '');
  end if;
  return null;
end
$$;
drop trigger outbox_notify on outbox;
create trigger outbox_notify after insert on outbox
  referencing new table as added for each statement execute function notify_outbox();

-- A notification may be of an analysis instead of an offer.
alter table notifications alter column offer_id drop not null;
alter table notifications add column analysis_id uuid references credit_analyses (id);
create unique index notifications_analysis on notifications (analysis_id, type) where analysis_id is not null;

-- What a challenger model said of decided applications; it decides nothing.
create table challenger_predictions (
  analysis_id uuid not null references credit_analyses (id),
  model text not null,
  twin jsonb not null,
  "full" jsonb,
  latency_ms double precision not null,
  created_at timestamptz not null default now(),
  primary key (model, analysis_id)
);
create index challenger_predictions_created on challenger_predictions (created_at);

insert into service_grants values
  ('ecs_challenger', 'select', 'policies'),
  ('ecs_challenger', 'select', 'policy_activations'),
  ('ecs_challenger', 'select', 'credit_analyses'),
  ('ecs_challenger', 'select, insert', 'challenger_predictions'),
  ('ecs_credit', 'select, update', 'customer_exposures'),
  ('ecs_credit', 'select, insert', 'policies'),
  ('ecs_credit', 'select, insert', 'policy_activations'),
  ('ecs_credit', 'select, insert', 'policy_events'),
  ('ecs_credit', 'select, insert', 'credit_analysis_chain'),
  ('ecs_credit', 'select, insert, delete', 'credit_analyses_unlinked');
select grant_to_parts();
