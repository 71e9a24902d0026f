-- Reviews of denials by people, and who wrote an act. The version before goes on working on this schema.

-- requested -> upheld; requested -> overridden; requested -> proposed -> overridden (by another operator) or upheld.
create table reviews (
  id uuid primary key default gen_random_uuid(),
  -- A decision is reviewed once.
  analysis_id uuid not null unique references credit_analyses (id),
  user_id uuid not null references users (id),
  statement text,
  state text not null default 'requested' check (state in ('requested', 'proposed', 'upheld', 'overridden')),
  requested_at timestamptz not null default now(),
  reason_code text,
  note text,
  -- Of an override: credit_limit, interest_rate, credit_type.
  terms jsonb,
  proposed_by text,
  proposed_at timestamptz,
  decided_by text,
  decided_at timestamptz,
  -- The decision that an override made.
  override_id uuid unique references credit_analyses (id),
  check ((state in ('upheld', 'overridden')) = (decided_by is not null)),
  check ((decided_by is null) = (decided_at is null)),
  check ((state = 'overridden') = (override_id is not null)),
  check (state = 'requested' or (reason_code is not null and note is not null)),
  check (state not in ('proposed', 'overridden') or terms is not null),
  -- Nobody approves an own proposal.
  check (state <> 'overridden' or proposed_by is null or lower(proposed_by) <> lower(decided_by))
);
create index reviews_order on reviews (requested_at, id);
create index reviews_open on reviews (requested_at) where state in ('requested', 'proposed');
create index reviews_customer on reviews (user_id);

-- The user of the database and the program that wrote an act: one that no service wrote is seen.
alter table audit_log add column written_by text;

create or replace function seal_act() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  new.created_at := now();
  new.erased_by := null;
  new.salt := gen_random_uuid();
  new.written_by := session_user || ' ' || current_setting('application_name');
  new.private_hash := encode(sha256(convert_to(new.salt || canonical_json(jsonb_build_object(
    'customer_id', new.customer_id, 'reason', new.reason)), 'UTF8')), 'hex');
  new.record_hash := encode(sha256(convert_to(canonical_json(jsonb_build_object(
    'id', new.id, 'created_at', to_char(new.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'actor_kind', new.actor_kind, 'actor', new.actor, 'act', new.act, 'subject_kind', new.subject_kind,
    'subject_id', new.subject_id, 'private_hash', new.private_hash, 'details', new.details,
    'written_by', new.written_by)), 'UTF8')), 'hex');
  insert into audit_unlinked (act_id) values (new.id);
  return new;
end $$;

insert into service_grants values
  ('ecs_credit', 'select, insert, update', 'reviews'),
  ('ecs_privacy', 'select, delete', 'reviews');
select grant_to_parts();
