-- Partners: systems of others that send events, each with credentials and scopes of its own. A row stays: an id that acted is never
-- another partner's.
create table partners (
  id text primary key check (id ~ '^ptn_[0-9a-z]{16,40}$'),
  name text not null check (length(name) between 1 and 100),
  scopes text[] not null check (cardinality(scopes) between 1 and 20),
  -- Requests and events.
  events_per_second integer not null check (events_per_second between 1 and 1000000),
  status text not null default 'active' check (status in ('active', 'disabled', 'removed')),
  -- Tokens name it: another version is void, at once.
  token_version bigint not null default 1,
  -- Counts the changes: of two messages about a partner the higher one is the newer.
  version bigint not null default 1,
  created_by text not null,
  created_at timestamptz not null default now(),
  changed_by text not null,
  changed_at timestamptz not null default now()
);
create unique index partners_name on partners (lower(name)) where status <> 'removed';

create function count_partner_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  new.changed_at := now();
  if new.status <> old.status then
    new.token_version := old.token_version + 1;
  end if;
  return new;
end $$;
create trigger partner_counted before update on partners
  for each row when (old.* is distinct from new.*) execute function count_partner_version();

-- Services without a database obey the newest state, whatever statement made it.
create function publish_partner_state() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into outbox as message (id, topic, payload)
  values ('partnerStates:' || new.id, 'partnerStates', jsonb_build_object(
    'partnerId', new.id, 'isActive', new.status = 'active', 'tokenVersion', new.token_version,
    'scopes', to_jsonb(new.scopes), 'version', new.version))
  on conflict (id) do update set payload = excluded.payload, sent_at = null, created_at = now();
  return null;
end $$;
create trigger partner_published after insert or update on partners
  for each row execute function publish_partner_state();

-- Secrets, as hashes: they are 256 random bits, so a slow hash would add nothing. Public keys, as JWK.
create table partner_credentials (
  id uuid primary key default gen_random_uuid(),
  partner_id text not null references partners (id),
  secret_hash text check (secret_hash ~ '^[0-9a-f]{64}$'),
  public_key jsonb,
  -- How long the one before it stays valid.
  grace_seconds integer not null default 0 check (grace_seconds between 0 and 2592000),
  created_by text not null,
  created_at timestamptz not null default now(),
  -- Null of the newest.
  expires_at timestamptz,
  check ((secret_hash is null) <> (public_key is null))
);
create unique index partner_credentials_newest on partner_credentials (partner_id) where expires_at is null;

-- At most two are valid: a new one ends the one before it after the grace time, and any other at once.
create function replace_partner_credential() returns trigger language plpgsql as $$
begin
  perform from partners where id = new.partner_id for update;
  update partner_credentials
  set expires_at = case when expires_at is null then now() + make_interval(secs => new.grace_seconds) else now() end
  where partner_id = new.partner_id and (expires_at is null or expires_at > now());
  return new;
end $$;
create trigger partner_credential_replaced before insert on partner_credentials
  for each row execute function replace_partner_credential();

-- Assertions of private_key_jwt that were used, until they end: each counts once, at whatever replica.
create table partner_assertions (
  partner_id text not null,
  jti_hash text not null,
  expires_at timestamptz not null,
  primary key (partner_id, jti_hash)
);
create index partner_assertions_expired on partner_assertions (expires_at);

insert into service_grants values
  ('ecs_credit', 'select', 'partners'),
  ('ecs_credit', 'select', 'partner_credentials'),
  ('ecs_credit', 'select, insert, delete', 'partner_assertions'),
  -- `update` is also what it takes to lock a partner's row.
  ('ecs_back_office', 'select, insert, update', 'partners'),
  ('ecs_back_office', 'select, insert, update', 'partner_credentials');
select grant_to_parts();
