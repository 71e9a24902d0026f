-- Consents by purpose: the one in force, and every change of it. `emotion_capture`: events are stored; `emotion_scoring`: they may
-- count in decisions; `offers`: the customer is analyzed and made offers. Without a row nobody has said: see CONSENT_MODE.
create table consents (
  user_id uuid not null references users (id),
  purpose text not null check (purpose in ('emotion_capture', 'emotion_scoring', 'offers')),
  granted boolean not null,
  -- Of the text that the customer was shown.
  text_version text not null check (length(text_version) between 1 and 64),
  given_at timestamptz,
  -- Null while it is given.
  withdrawn_at timestamptz,
  -- Counts the changes: of two messages about a consent the higher one is the newer.
  version bigint not null default 1,
  primary key (user_id, purpose),
  check (case when granted then given_at is not null and withdrawn_at is null else withdrawn_at is not null end)
);
create index consents_withdrawn on consents (purpose, user_id) where not granted;

create table consent_changes (
  user_id uuid not null references users (id),
  purpose text not null,
  version bigint not null,
  granted boolean not null,
  text_version text not null,
  changed_at timestamptz not null default now(),
  primary key (user_id, purpose, version)
);

-- Every change is kept, by whatever statement; a decision made of the consents before it is not recorded, and an analysis made of
-- them is not given again.
create function keep_consent_change() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into consent_changes (user_id, purpose, version, granted, text_version)
  values (new.user_id, new.purpose, new.version, new.granted, new.text_version);
  update customer_exposures set version = version + 1 where user_id = new.user_id;
  update fact_versions set version = version + 1 where user_id = new.user_id;
  return null;
end $$;
create trigger consent_given after insert on consents for each row execute function keep_consent_change();
create trigger consent_changed after update on consents
  for each row when (old.* is distinct from new.*) execute function keep_consent_change();

create function count_consent_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end $$;
create trigger consent_counted before update on consents
  for each row when (old.* is distinct from new.*) execute function count_consent_version();

create function keep_consent_history() returns trigger language plpgsql as $$
begin
  raise exception 'a change of a consent never changes';
end $$;
create trigger consent_history_kept before update on consent_changes
  for each row execute function keep_consent_history();

insert into service_grants values
  ('ecs_credit', 'select, insert, update', 'consents'),
  ('ecs_emotion_processing', 'select', 'consents'),
  ('ecs_back_office', 'select', 'consents'),
  ('ecs_back_office', 'select', 'consent_changes'),
  ('ecs_privacy', 'select, delete', 'consents'),
  ('ecs_privacy', 'select, delete', 'consent_changes');
select grant_to_parts();
