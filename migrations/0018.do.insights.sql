-- Rollups of the population: sums that the figures of analysts are made of, kept by the statements that store emotions, decide,
-- accept and activate. A row is of a cell, never of a customer; readers leave out cells of fewer than 20 customers.
-- The version before goes on working on this schema; what it stores is counted by recount_rollups().

-- A histogram is one number: bin n has the twelve decimal digits from 10^(12 n) on, so that histograms are added as numbers are.
create function histogram_bin(bin integer) returns numeric
language sql immutable parallel safe as $$
  select ('{1e0,1e12,1e24,1e36,1e48,1e60,1e72,1e84,1e96,1e108,1e120,1e132,1e144,1e156,1e168,1e180,1e192,1e204,1e216,1e228,1e240,1e252,1e264,1e276,1e288,1e300,1e312,1e324,1e336,1e348}'::numeric[])[bin + 1]
$$;

-- The counts of a histogram, bin 0 first.
create function histogram_counts(histogram numeric, bins integer) returns bigint[]
language sql immutable parallel safe as $$
  select array(select mod(div(histogram, histogram_bin(bin)), 1e12)::bigint from generate_series(0, bins - 1) as bin order by bin)
$$;

-- Emotions, 0 .. 1: twenty bins of 0.05.
create function emotion_bin(value numeric) returns numeric
language sql immutable parallel safe as $$
  select ('{1e0,1e12,1e24,1e36,1e48,1e60,1e72,1e84,1e96,1e108,1e120,1e132,1e144,1e156,1e168,1e180,1e192,1e204,1e216,1e228}'::numeric[])[least(trunc(value * 20)::integer, 19) + 1]
$$;

-- Limits in the currency's unit, rates in percent a year, times in seconds; bin 0 is what is below the second edge.
create function limit_bin(value numeric) returns numeric
language sql immutable parallel safe as $$
  select histogram_bin(greatest(width_bucket(value, '{0,500,1000,1500,2000,2500,3000,3500,4000,4500,5000,6000,7000,8000,9000,10000,12500,15000,20000,25000,30000,40000,50000,75000,100000}'::numeric[]), 1) - 1)
$$;
create function rate_bin(value numeric) returns numeric
language sql immutable parallel safe as $$
  select histogram_bin(greatest(width_bucket(value, '{0,2,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,22,24,26,28,30,35,40,50}'::numeric[]), 1) - 1)
$$;
create function seconds_bin(value numeric) returns numeric
language sql immutable parallel safe as $$
  select histogram_bin(greatest(width_bucket(value, '{0,0.05,0.1,0.2,0.3,0.5,0.75,1,1.5,2,3,5,7.5,10,15,20,30,60,120,300,600,1800,3600,21600,86400}'::numeric[]), 1) - 1)
$$;

-- One of 256 bits for a customer, by the random last byte of the id. A cell with n bits has n customers or more.
create function customer_bit(customer uuid) returns bit(256)
language sql immutable parallel safe as $$
  select set_bit(0::bit(256), get_byte(uuid_send(customer), 15), 1)
$$;

create table emotion_rollups (
  hour timestamptz not null,
  -- `unknown` where none was given.
  jurisdiction text not null,
  -- Statements of different connections mostly add to different rows of a cell.
  slot smallint not null,
  customers bit(256) not null,
  event_count bigint not null,
  positivity numeric not null,
  intensity numeric not null,
  stress numeric not null,
  primary key (hour, jurisdiction, slot)
) with (fillfactor = 50);

-- By the UTC day of the decision, also what became of its offer later. `figure` is one of
--   stage: decided, offered, accepted, active (its histogram: seconds from acceptance to active)
--   limit, rate: the offers' terms, in the histogram
--   effect: what emotions changed, see emotion_effect_on
--   reason: the codes of a denial
create table decision_rollups (
  day date not null,
  jurisdiction text not null,
  figure text not null,
  part text not null,
  slot smallint not null,
  customers bit(256) not null,
  occurrences bigint not null,
  histogram numeric not null default 0,
  primary key (day, jurisdiction, figure, part, slot)
) with (fillfactor = 50);

-- The decision beside its twin, the same customer without emotions.
create function emotion_effect_on(record jsonb) returns text
language sql immutable parallel safe as $$
  select case
    when record is null or coalesce(record -> 'full', 'null') = 'null' or record ? 'override' then 'not_read'
    when (record ->> 'approved')::boolean and not (record #>> '{outcomes,twin,approved}')::boolean then 'approved'
    when not (record ->> 'approved')::boolean and (record #>> '{outcomes,twin,approved}')::boolean then 'denied'
    when not (record ->> 'approved')::boolean then 'none'
    when (record #>> '{terms,credit_limit}')::numeric > (record #>> '{outcomes,twin,terms,credit_limit}')::numeric
      then 'better_terms'
    when (record #>> '{terms,credit_limit}')::numeric < (record #>> '{outcomes,twin,terms,credit_limit}')::numeric
      then 'worse_terms'
    when (record #>> '{terms,interest_rate}')::numeric < (record #>> '{outcomes,twin,terms,interest_rate}')::numeric
      then 'better_terms'
    when (record #>> '{terms,interest_rate}')::numeric > (record #>> '{outcomes,twin,terms,interest_rate}')::numeric
      then 'worse_terms'
    else 'none'
  end
$$;

-- The parts that a decision counts in.
create function decision_parts(reasons jsonb, record jsonb, credit_limit numeric, interest_rate numeric)
returns table (figure text, part text, histogram numeric)
language sql immutable parallel safe as $$
  select 'stage', 'decided', 0::numeric
  union all select 'effect', emotion_effect_on(record), 0
  union all select 'stage', 'offered', 0 where credit_limit is not null
  union all select 'limit', '', limit_bin(credit_limit) where credit_limit is not null
  union all select 'rate', '', rate_bin(interest_rate) where credit_limit is not null
  union all select distinct 'reason', reason ->> 'code', 0::numeric
    from jsonb_array_elements(case jsonb_typeof(reasons) when 'array' then reasons else '[]' end) as reason
    where credit_limit is null and reason ->> 'code' is not null
$$;

-- Counts the events and decisions since a UTC day again; workers wait meanwhile. Not for days whose events retention has dropped.
create function recount_rollups(since date) returns void
language plpgsql as $$
begin
  lock table emotion_rollups, decision_rollups in share row exclusive mode;
  delete from emotion_rollups where hour >= since::timestamp at time zone 'utc';
  insert into emotion_rollups
  select date_trunc('hour', occurred_at, 'utc'), coalesce(jurisdiction, 'unknown'), 0, bit_or(customer_bit(user_id)),
    count(*), sum(emotion_bin(positivity)), sum(emotion_bin(intensity)), sum(emotion_bin(stress_level))
  from emotional_events join users on users.id = user_id
  where occurred_at >= since::timestamp at time zone 'utc'
    and occurred_month >= date_trunc('month', greatest(since, '0001-01-01'))::date
  group by 1, 2;
  delete from decision_rollups where day >= since;
  insert into decision_rollups
  with decided as (
    select (a.created_at at time zone 'utc')::date as day, coalesce(jurisdiction, 'unknown') as jurisdiction, a.user_id,
      reasons, record, l.credit_limit, l.interest_rate, accepted_at, activated_at
    from credit_analyses a left join credit_limits l on l.id = offer_id
    where a.user_id is not null and a.created_at >= since::timestamp at time zone 'utc'
  ),
  counted as (
    select day, jurisdiction, user_id, figure, part, histogram
    from decided cross join lateral decision_parts(reasons, record, credit_limit, interest_rate)
    union all
    select day, jurisdiction, user_id, 'stage', 'accepted', 0 from decided where accepted_at is not null
    union all
    select day, jurisdiction, user_id, 'stage', 'active',
      seconds_bin(extract(epoch from activated_at - coalesce(accepted_at, activated_at))) from decided
    where activated_at is not null
  )
  select day, jurisdiction, figure, part, 0, bit_or(customer_bit(user_id)), count(*), sum(histogram)
  from counted group by 1, 2, 3, 4;
end $$;
revoke execute on function recount_rollups(date) from public;
select recount_rollups('-infinity');

insert into service_grants values
  ('ecs_emotion_processing', 'select (id, jurisdiction)', 'users'),
  ('ecs_emotion_processing', 'select, insert, update', 'emotion_rollups'),
  ('ecs_credit', 'select, insert, update', 'decision_rollups'),
  ('ecs_credit_application', 'select, insert, update', 'decision_rollups'),
  ('ecs_credit_application', 'select (user_id, offer_id, jurisdiction)', 'credit_analyses'),
  ('ecs_back_office', 'select', 'emotion_rollups'),
  ('ecs_back_office', 'select', 'decision_rollups'),
  ('ecs_privacy', 'select, delete', 'emotion_rollups'),
  ('ecs_privacy', 'select, delete', 'decision_rollups');
select grant_to_parts();
