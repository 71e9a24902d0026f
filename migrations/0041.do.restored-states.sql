-- A restored database knows nothing of the states after its dump, and the stream that keeps the newest of each knew nothing of the restore:
-- a change after it had a version that followers had seen already, so they ignored it. A version is at least the time of its change in
-- milliseconds: one after a restore is above all before the loss.
create function next_state_version(previous bigint) returns bigint language sql volatile as $$
  select greatest(previous + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)
$$;

create or replace function count_consent_version() returns trigger language plpgsql as $$
begin
  new.version := next_state_version(case when tg_op = 'UPDATE' then old.version else 0 end);
  return new;
end $$;
create trigger consent_begun before insert on consents for each row execute function count_consent_version();

-- A token names its version as well, and a later one than that of the state counts as newer.
create or replace function count_partner_version() returns trigger language plpgsql as $$
begin
  new.version := next_state_version(old.version);
  new.changed_at := now();
  if new.status <> old.status or new.token_version <> old.token_version then
    new.token_version := next_state_version(old.token_version);
  end if;
  return new;
end $$;

-- Each consent is kept by the stream, not that to the capture of emotions alone, for a database that is restored; by whatever statement it
-- changes. The stream names the others by the hash of customer and purpose: the version before relays them without knowing them.
create function consent_key(customer uuid, purpose text) returns text language sql immutable as $$
  select case when purpose = 'emotion_capture' then customer::text else customer::text || '~' || purpose end
$$;
create function consent_state(consent consents) returns jsonb language sql stable as $$
  select jsonb_build_object('userId', consent_key(consent.user_id, consent.purpose), 'purpose', consent.purpose,
    'granted', consent.granted, 'textVersion', consent.text_version, 'version', consent.version)
    || case when consent.purpose = 'emotion_capture' then jsonb_build_object('emotionCapture', consent.granted) else '{}' end
$$;
create function publish_consent_state() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into outbox as message (id, topic, payload)
  values ('customerConsents:' || consent_key(new.user_id, new.purpose), 'customerConsents', consent_state(new))
  on conflict (id) do update set payload = excluded.payload, sent_at = null, created_at = now();
  return null;
end $$;
create trigger consent_published_first after insert on consents for each row execute function publish_consent_state();
create trigger consent_published after update on consents
  for each row when (old.* is distinct from new.*) execute function publish_consent_state();

-- The withdrawals so far: what is forgotten of the consents that were given costs nobody anything.
insert into outbox (id, topic, payload)
select 'customerConsents:' || consent_key(user_id, purpose), 'customerConsents', consent_state(consents)
from consents where not granted and purpose <> 'emotion_capture';

-- An erasure by the version before takes the rows that it knows.
create function delete_consent_states() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from outbox where payload ->> 'userId' in (consent_key(old.id, 'emotion_scoring'), consent_key(old.id, 'offers'));
  return null;
end $$;
create trigger user_consents_unpublished after delete on users for each row execute function delete_consent_states();

-- A month's table is made by itself: one that cannot be made now, beside a dump for example, keeps no other from its own. Statements of
-- workers that wait behind it have 1.5 s.
create function ensure_event_partition(parent text, month date) returns void
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '300ms' as $$
declare
  partition text := parent || to_char(month, '_YYYY_MM');
begin
  if parent not in ('emotional_events', 'transactions') or month <> date_trunc('month', month) then
    raise exception 'there are no events of % in %', parent, month;
  end if;
  perform pg_advisory_xact_lock(4517232);
  -- Asked first: to make a table, even one that exists, locks its parent.
  if to_regclass(partition) is null then
    execute format('create table %I partition of %I for values from (%L) to (%L)',
      partition, parent, month, (month + interval '1 month')::date);
  end if;
exception when check_violation then
  raise notice 'the default partition has events of %', partition;
end $$;
revoke execute on function ensure_event_partition(text, date) from public;

-- News of a decision that a restored database has forgotten are told apart.
insert into service_grants values
  ('ecs_emotion_processing', 'execute', 'ensure_event_partition(text, date)'),
  ('ecs_transaction_processing', 'execute', 'ensure_event_partition(text, date)'),
  ('ecs_privacy', 'insert, update', 'consents'),
  ('ecs_credit_application', 'select (id)', 'credit_analyses');
select grant_to_parts();

-- Erasures did not always name the acts that they took the customer out of; since they do, a verification takes acts for changed that no
-- erasure names. Those so far are named, each in an act of its own.
with unnamed as (
  select erasing.id, erasing.subject_id, erasing.details ->> 'requested_by' as requested_by,
    array_agg(erased.id order by erased.id) as acts
  from audit_log as erased
  join audit_log as erasing on erasing.id = erased.erased_by
  where erased.erased_by is not null and erasing.act = 'customer.erase' and not erasing.details ? 'acts'
  group by erasing.id
),
naming as (
  insert into audit_log (actor_kind, actor, act, subject_kind, subject_id, details)
  select 'system', 'ecs migrate', 'customer.erase', 'customer', subject_id,
    jsonb_strip_nulls(jsonb_build_object('requested_by', requested_by, 'acts', to_jsonb(acts), 'names_acts_of', id))
  from unnamed
  returning id, details
)
update audit_log as erased set erased_by = naming.id
from naming where erased.erased_by = (naming.details ->> 'names_acts_of')::uuid;
