-- Customers' rights on their data: the ledger of erasures, and decisions and limits that outlive their customer.
-- The version before goes on working on this schema: it never reads a row without a customer, since it looks by customer.

-- What the law asks to be kept is kept without its customer.
alter table credit_analyses
  alter column user_id drop not null,
  add column erased_at timestamptz;
alter table credit_limits alter column user_id drop not null;

-- The ledger. Ids appear in it as keyed hashes alone once an erasure is done; until then `user_id` says whose rows to find.
-- Login, and everything that asks for the account, ends with the row.
create table erasures (
  -- HMAC-SHA-256 of the id with ERASURE_KEY, base64url.
  customer_hash text primary key check (length(customer_hash) = 43),
  user_id uuid unique,
  -- `customer`, `restore` when the ledger was applied again, or the name of an operator.
  requested_by text not null check (requested_by <> ''),
  requested_at timestamptz not null default now(),
  -- requested -> rows (the account is gone, late writes may still come) -> done
  rows_erased_at timestamptz,
  erased_at timestamptz,
  -- How many rows, messages and keys went, by place.
  counts jsonb not null default '{}',
  check (erased_at is null or user_id is null)
);
create index erasures_open on erasures (requested_at) where erased_at is null;

-- Messages that brought an event of an erased customer after the streams were searched.
create table stray_messages (
  stream text not null,
  sequence bigint not null,
  noticed_at timestamptz not null default now(),
  primary key (stream, sequence)
);

create function notify_erasures() returns trigger language plpgsql as $$
begin
  perform pg_notify('erasures', '');
  return null;
end $$;
create trigger erasures_notify after insert on erasures
  for each statement execute function notify_erasures();
create trigger stray_messages_notify after insert on stray_messages
  for each statement execute function notify_erasures();

-- An erasure finds its rows by an index.
create index challenger_predictions_analysis on challenger_predictions (analysis_id);
create index outbox_customer on outbox ((payload ->> 'userId'));
create index credit_analyses_erased on credit_analyses (erased_at) where erased_at is not null;

-- Drops the partitions of raw events of whole months that are older than the newest `months`; returns their names. Partitions
-- belong to the owner of the database: a service may let old ones go, not drop tables.
create function drop_event_partitions(months integer) returns setof text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  expired text;
begin
  if months < 2 then
    raise exception 'events of the last 2 months are always kept';
  end if;
  perform pg_advisory_xact_lock(4517232);
  for expired in
    select child.relname
    from pg_inherits
    join pg_class child on child.oid = inhrelid
    join pg_class parent on parent.oid = inhparent and parent.relname in ('emotional_events', 'transactions')
    where to_date(substring(child.relname from '_([0-9]{4}_[0-9]{2})$'), 'YYYY_MM')
      < date_trunc('month', now() at time zone 'utc') - make_interval(months => months)
    order by child.relname
  loop
    execute format('drop table %I', expired);
    return next expired;
  end loop;
end $$;
revoke execute on function drop_event_partitions(integer) from public;

create or replace function grant_to_parts() returns void language plpgsql as $$
declare
  granted record;
begin
  for granted in select * from service_grants loop
    if exists (select from pg_roles where rolname = granted.role) then
      if granted.relation like '%)' then
        execute format('grant %s on function %s to %I', granted.privileges, granted.relation, granted.role);
      else
        execute format('grant %s on %I to %I', granted.privileges, granted.relation, granted.role);
      end if;
      if granted.relation in ('emotional_events', 'transactions') and granted.role like '%_processing' then
        execute format('grant execute on function ensure_event_partitions() to %I', granted.role);
      end if;
    end if;
  end loop;
end $$;

insert into service_grants
select 'ecs_privacy', 'select, delete', table_name
from information_schema.columns
where table_schema = 'public' and column_name = 'user_id'
  and table_name in (select relname from pg_class where relkind in ('r', 'p') and not relispartition)
  and table_name not in ('credit_analyses', 'credit_limits', 'erasures');
insert into service_grants values
  ('ecs_privacy', 'select, delete', 'users'),
  ('ecs_privacy', 'select, delete', 'challenger_predictions'),
  ('ecs_privacy', 'select, delete', 'outbox'),
  ('ecs_privacy', 'select, delete', 'idempotency_keys'),
  ('ecs_privacy', 'select, update', 'credit_analyses'),
  ('ecs_privacy', 'select, update', 'credit_limits'),
  ('ecs_privacy', 'select, insert, update', 'erasures'),
  ('ecs_privacy', 'select, delete', 'stray_messages'),
  ('ecs_privacy', 'execute', 'drop_event_partitions(integer)'),
  ('ecs_credit', 'select, insert', 'erasures'),
  ('ecs_back_office', 'select, insert', 'erasures'),
  ('ecs_emotion_processing', 'select (customer_hash)', 'erasures'),
  ('ecs_emotion_processing', 'select (stream, sequence), insert', 'stray_messages'),
  ('ecs_transaction_processing', 'select (customer_hash)', 'erasures'),
  ('ecs_transaction_processing', 'select (stream, sequence), insert', 'stray_messages'),
  ('ecs_credit_application', 'select (customer_hash)', 'erasures'),
  ('ecs_credit_application', 'select (stream, sequence), insert', 'stray_messages');
select grant_to_parts();
