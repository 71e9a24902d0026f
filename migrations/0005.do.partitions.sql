-- Raw events in one partition a month of their own time (UTC): inserts touch small indexes however much is kept, and
-- retention drops a table instead of deleting rows. A retry of an event carries the same time, so the key finds it in its
-- partition; an id that comes back with another month's time is looked for by the statement that stores events.
alter table emotional_events rename to emotional_events_before;
alter table emotional_events_before rename constraint emotional_events_pkey to emotional_events_before_pkey;
create table emotional_events (
  id uuid not null,
  user_id uuid not null,
  occurred_at timestamptz not null,
  event_type text not null,
  positivity numeric not null,
  intensity numeric not null,
  stress_level numeric not null,
  trace_id text,
  created_at timestamptz not null default now(),
  occurred_month date not null,
  primary key (user_id, id, occurred_month)
) partition by range (occurred_month);
-- Nothing is refused for want of a partition.
create table emotional_events_default partition of emotional_events default;

alter table transactions rename to transactions_before;
alter table transactions_before rename constraint transactions_pkey to transactions_before_pkey;
create table transactions (
  id uuid not null,
  user_id uuid not null,
  amount numeric(12, 2) not null check (amount > 0),
  occurred_at timestamptz not null,
  trace_id text,
  created_at timestamptz not null default now(),
  occurred_month date not null,
  primary key (user_id, id, occurred_month)
) partition by range (occurred_month);
create table transactions_default partition of transactions default;

-- Makes the partitions of the months around now that are missing; called by the workers.
create function ensure_event_partitions() returns void language plpgsql as $$
declare
  parent text;
  month date;
  partition text;
begin
  perform pg_advisory_xact_lock(4517232);
  foreach parent in array array['emotional_events', 'transactions'] loop
    for month in
      select (date_trunc('month', now() at time zone 'utc') + make_interval(months => step))::date
      from generate_series(-2, 1) as step
    loop
      partition := parent || to_char(month, '_YYYY_MM');
      -- Asked first: to make a table, even one that exists, locks its parent.
      if to_regclass(partition) is null then
        execute format('create table %I partition of %I for values from (%L) to (%L)',
          partition, parent, month, (month + interval '1 month')::date);
      end if;
    end loop;
  end loop;
end $$;
select ensure_event_partitions();

insert into emotional_events
select *, date_trunc('month', occurred_at at time zone 'utc')::date from emotional_events_before;
drop table emotional_events_before;
insert into transactions
select *, date_trunc('month', occurred_at at time zone 'utc')::date from transactions_before;
drop table transactions_before;
