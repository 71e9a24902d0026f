-- Raw events have no foreign key: the statement that stores them joins `users` once for a whole batch instead of once a
-- row. An event's id is its owner's to choose, so the key holds both: nobody can use up another's id.
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
  primary key (user_id, id)
);

-- Exact sums and counts a user and UTC day, kept by the statement that stores the events. numeric, because sums of binary
-- fractions depend on their order and a recount could not be compared.
create table emotional_daily_sums (
  user_id uuid not null,
  summary_date date not null,
  event_count bigint not null,
  positivity_sum numeric not null,
  intensity_sum numeric not null,
  stress_sum numeric not null,
  stress_event_count bigint not null,
  updated_at timestamptz not null default now(),
  primary key (user_id, summary_date)
);

create view emotional_events_summary as
select
  user_id,
  summary_date,
  positivity_sum / event_count as avg_positivity_score,
  intensity_sum / event_count as avg_intensity_score,
  stress_sum / event_count as avg_stress_level,
  stress_event_count,
  event_count,
  updated_at
from emotional_daily_sums;

create table transactions (
  id uuid not null,
  user_id uuid not null,
  amount numeric(12, 2) not null check (amount > 0),
  occurred_at timestamptz not null,
  trace_id text,
  created_at timestamptz not null default now(),
  primary key (user_id, id)
);

create table transaction_daily_sums (
  user_id uuid not null,
  summary_date date not null,
  transaction_count bigint not null,
  amount_sum numeric not null,
  updated_at timestamptz not null default now(),
  primary key (user_id, summary_date)
);
