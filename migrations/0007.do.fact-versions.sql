-- How often facts were stored of a customer, counted in the statement that stores them, whoever stores them: a worker, an
-- import, a repair; an acceptance counts as well. A cached analysis is used only while its customer's version is the one that it was made from. Only
-- customers that were analyzed have a row, so that ingestion pays nothing for the others.
create table fact_versions (
  user_id uuid primary key references users (id),
  version bigint not null default 1,
  created_at timestamptz not null default now()
) with (fillfactor = 50);

-- Rows are locked in one order, so that two workers never wait for each other.
create function count_stored_facts() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  customers constant uuid[] := array(select distinct user_id from changed);
begin
  update fact_versions as facts set version = facts.version + 1
  from (
    select user_id from fact_versions where user_id = any (customers)
    order by user_id for no key update
  ) as analyzed
  where facts.user_id = analyzed.user_id;
  return null;
end $$;
revoke execute on function count_stored_facts() from public;

create trigger emotions_added after insert on emotional_daily_sums
  referencing new table as changed for each statement execute function count_stored_facts();
create trigger emotions_changed after update on emotional_daily_sums
  referencing new table as changed for each statement execute function count_stored_facts();
create trigger emotions_removed after delete on emotional_daily_sums
  referencing old table as changed for each statement execute function count_stored_facts();
create trigger transactions_added after insert on transaction_daily_sums
  referencing new table as changed for each statement execute function count_stored_facts();
create trigger transactions_changed after update on transaction_daily_sums
  referencing new table as changed for each statement execute function count_stored_facts();
create trigger transactions_removed after delete on transaction_daily_sums
  referencing old table as changed for each statement execute function count_stored_facts();

-- Grants are rows, so that a migration that adds a table adds its own.
create table service_grants (
  role text not null,
  privileges text not null,
  relation text not null
);
insert into service_grants values
  ('ecs_emotion_processing', 'select (id)', 'users'),
  ('ecs_emotion_processing', 'select, insert', 'emotional_events'),
  ('ecs_emotion_processing', 'select, insert, update', 'emotional_daily_sums'),
  ('ecs_transaction_processing', 'select (id)', 'users'),
  ('ecs_transaction_processing', 'select, insert', 'transactions'),
  ('ecs_transaction_processing', 'select, insert, update', 'transaction_daily_sums'),
  ('ecs_credit', 'select, insert', 'users'),
  ('ecs_credit', 'select', 'emotional_daily_sums'),
  ('ecs_credit', 'select', 'emotional_events_summary'),
  ('ecs_credit', 'select', 'transaction_daily_sums'),
  ('ecs_credit', 'select, insert, update', 'credit_limits'),
  ('ecs_credit', 'select, insert', 'credit_analyses'),
  ('ecs_credit', 'select, insert, update, delete', 'credit_analysis_latest'),
  ('ecs_credit', 'select', 'notifications'),
  ('ecs_credit', 'select, insert, update, delete', 'outbox'),
  ('ecs_credit', 'select, insert, update, delete', 'idempotency_keys'),
  ('ecs_credit_application', 'select (id, notification_count), update (notification_count)', 'users'),
  ('ecs_credit_application', 'select, update', 'credit_limits'),
  ('ecs_credit_application', 'select, insert', 'notifications'),
  ('ecs_credit_application', 'select, insert, update', 'outbox'),
  ('ecs_credit', 'select, insert, update', 'fact_versions');

create or replace function grant_to_parts() returns void language plpgsql as $$
declare
  granted record;
begin
  for granted in select * from service_grants loop
    if exists (select from pg_roles where rolname = granted.role) then
      execute format('grant %s on %I to %I', granted.privileges, granted.relation, granted.role);
      if granted.relation in ('emotional_events', 'transactions') then
        execute format('grant execute on function ensure_event_partitions() to %I', granted.role);
      end if;
    end if;
  end loop;
end $$;
select grant_to_parts();
