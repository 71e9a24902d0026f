-- The page of one customer. Events without their values: feelings and amounts are read by day alone, by roles that need them.
insert into service_grants values
  ('ecs_back_office', 'select (id, user_id, trace_id, occurred_at, created_at)', 'emotional_events'),
  ('ecs_back_office', 'select (id, user_id, trace_id, occurred_at, created_at)', 'transactions'),
  ('ecs_back_office', 'select', 'emotional_daily_sums'),
  ('ecs_back_office', 'select (id, user_id, position, type, title, offer_id, analysis_id, created_at)', 'notifications'),
  ('ecs_back_office', 'select (id, user_id, analysis_id, state, requested_at, decided_at)', 'reviews'),
  ('ecs_back_office', 'select', 'outbox');
select grant_to_parts();

-- Events are kept by customer and id. Ids have a time, and rows are stored in the order of theirs: a range of blocks is read.
create index emotional_events_stored on emotional_events using brin (created_at) with (pages_per_range = 32);
create index transactions_stored on transactions using brin (created_at) with (pages_per_range = 32);
