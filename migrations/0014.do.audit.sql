-- The audit log: one row an act of an operator, a customer, the system or a user of the database, written by the statement of the
-- act itself. Rows are chained like decisions, in groups, afterwards.

-- The canonical JSON (RFC 8785) of a value whose names are ASCII and whose numbers need no exponent.
create function canonical_json(value jsonb) returns text
language plpgsql immutable parallel safe set search_path = public, pg_temp as $$
begin
  return case jsonb_typeof(value)
    when 'object' then '{' || coalesce((
      select string_agg(to_json(name)::text || ':' || canonical_json(inner_value), ',' order by name collate "C")
      from jsonb_each(value) as member (name, inner_value)), '') || '}'
    when 'array' then '[' || coalesce((
      select string_agg(canonical_json(element), ',' order by place)
      from jsonb_array_elements(value) with ordinality as item (element, place)), '') || ']'
    when 'number' then trim_scale(value::numeric)::text
    else value::text
  end;
end $$;

create table audit_log (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  actor_kind text not null check (actor_kind in ('operator', 'customer', 'system', 'database')),
  -- Name of an operator, a service, or a user of the database; null of a customer, who is `customer_id`.
  actor text check ((actor is null) = (actor_kind = 'customer')),
  act text not null check (act ~ '^[a-z_]+\.[a-z_]+$'),
  subject_kind text not null,
  subject_id text,
  -- The customer whom the act concerns. It, the reason and the salt may be erased; `private_hash` stays, and gives nothing away
  -- without the salt.
  customer_id uuid,
  reason text,
  salt uuid,
  private_hash text not null,
  details jsonb not null default '{}',
  -- Of the columns above, without customer, reason and salt.
  record_hash text not null,
  -- The act that erased customer, reason and salt.
  erased_by uuid
);
create index audit_log_created on audit_log (created_at desc, id desc);
create index audit_log_subject on audit_log (subject_id, subject_kind);
create index audit_log_customer on audit_log (customer_id) where customer_id is not null;
create index audit_log_erased on audit_log (erased_by) where erased_by is not null;

create table audit_unlinked (act_id uuid primary key);
create table audit_chain (
  position bigint primary key,
  act_id uuid not null unique,
  record_hash text not null,
  link text not null
);

-- Hashes an act, whoever appends it; nobody chooses its time or its hashes.
create function seal_act() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  new.created_at := now();
  new.erased_by := null;
  new.salt := gen_random_uuid();
  new.private_hash := encode(sha256(convert_to(new.salt || canonical_json(jsonb_build_object(
    'customer_id', new.customer_id, 'reason', new.reason)), 'UTF8')), 'hex');
  new.record_hash := encode(sha256(convert_to(canonical_json(jsonb_build_object(
    'id', new.id, 'created_at', to_char(new.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'actor_kind', new.actor_kind, 'actor', new.actor, 'act', new.act, 'subject_kind', new.subject_kind,
    'subject_id', new.subject_id, 'private_hash', new.private_hash, 'details', new.details)), 'UTF8')), 'hex');
  insert into audit_unlinked (act_id) values (new.id);
  return new;
end $$;
create trigger act_sealed before insert on audit_log for each row execute function seal_act();

-- A step of a policy is an act, by whatever statement: its row of `policy_events` is one already.
create function audit_policy_step() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into audit_log (actor_kind, actor, act, subject_kind, subject_id, reason, details)
  values (
    case when new.actor = 'ecs' then 'system' when new.actor = session_user then 'database' else 'operator' end,
    new.actor, 'policy.' || new.act, 'policy', new.version, new.note,
    jsonb_strip_nulls(jsonb_build_object('event', new.id, 'jurisdiction', new.jurisdiction, 'undoes', new.undoes)));
  return null;
end $$;
create trigger policy_step_audited after insert on policy_events
  for each row execute function audit_policy_step();

-- An account of an operator: made, barred, changed; never its password.
create function audit_operator() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into audit_log (actor_kind, actor, act, subject_kind, subject_id, details)
  values ('database', session_user,
    case
      when tg_op = 'DELETE' then 'operator.delete'
      when tg_op = 'INSERT' then case when new.disabled_at is null then 'operator.add' else 'operator.disable' end
      when old.disabled_at is null and new.disabled_at is not null then 'operator.disable'
      when old.disabled_at is not null and new.disabled_at is null then 'operator.enable'
      when old.roles <> new.roles then 'operator.change_roles'
      when old.password_hash is distinct from new.password_hash then 'operator.change_password'
      else 'operator.change'
    end,
    'operator', coalesce(new.name, old.name),
    jsonb_build_object('roles', to_jsonb(coalesce(new.roles, old.roles))));
  return null;
end $$;
create trigger operator_audited after insert or update or delete on operators
  for each row execute function audit_operator();

-- What a link of a decision covers beside its record: SHA-256 of its times and its offer. Null: linked by the version before, by
-- its record alone.
alter table credit_analysis_chain add column seal text;

insert into service_grants values
  ('ecs_credit', 'insert, select (id, created_at, record_hash)', 'audit_log'),
  ('ecs_credit', 'select, delete', 'audit_unlinked'),
  ('ecs_credit', 'select, insert', 'audit_chain'),
  ('ecs_back_office', 'select, insert', 'audit_log'),
  ('ecs_back_office', 'select', 'audit_chain'),
  ('ecs_privacy', 'select, insert, update (customer_id, reason, salt, erased_by)', 'audit_log');
select grant_to_parts();
