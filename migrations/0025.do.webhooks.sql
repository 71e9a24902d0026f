-- Webhooks: endpoints of operators and partners, and the deliveries of events to them. The version before goes on working on
-- this schema.
create table webhook_endpoints (
  id uuid primary key default gen_random_uuid(),
  -- The client id of its partner; null of the operators' own.
  partner_id text,
  url text not null check (length(url) between 8 and 2048),
  description text not null default '' check (length(description) <= 200),
  event_types text[] not null check (cardinality(event_types) between 1 and 20),
  -- `failing`: its last attempts failed, and deliveries go on; `disabled`: none is sent until an act enables it.
  state text not null default 'enabled' check (state in ('enabled', 'failing', 'disabled')),
  -- `act`, or `gone` after a 410.
  disabled_by text check (disabled_by in ('act', 'gone')),
  -- Sealed. During a rotation both sign, until the time of the one before has passed.
  secret bytea not null,
  secret_before bytea,
  secret_before_until timestamptz,
  -- Attempts that failed since the last success, of all customers.
  failures integer not null default 0,
  failing_since timestamptz,
  -- Events of before are not delivered.
  events_from timestamptz not null default now(),
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((state = 'disabled') = (disabled_by is not null)),
  check ((secret_before is null) = (secret_before_until is null))
);
create index webhook_endpoints_partner on webhook_endpoints (partner_id, created_at);

-- One row an endpoint and event, with its log.
create table webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  -- The order in which a customer's events are delivered.
  sequence bigint generated always as identity,
  endpoint_id uuid not null references webhook_endpoints (id) on delete cascade,
  event_id uuid not null,
  -- The customer; of a test, the endpoint itself.
  user_id uuid not null,
  event_type text not null,
  payload text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'given_up')),
  attempts integer not null default 0,
  -- The newest attempts, oldest first: time, status, milliseconds, error, the first of the response.
  log jsonb not null default '[]',
  -- Given up when an attempt fails after this time.
  retry_until timestamptz,
  delivered_at timestamptz,
  created_at timestamptz not null default now(),
  unique (endpoint_id, event_id)
);
create index webhook_deliveries_pending on webhook_deliveries (endpoint_id, user_id, sequence)
  where state = 'pending';
create index webhook_deliveries_newest on webhook_deliveries (endpoint_id, sequence);
create index webhook_deliveries_customer on webhook_deliveries (user_id);
create index webhook_deliveries_created on webhook_deliveries (created_at);

-- The queue of a customer at an endpoint: its first pending delivery is sent, the others wait behind it.
create table webhook_lanes (
  endpoint_id uuid not null references webhook_endpoints (id) on delete cascade,
  user_id uuid not null,
  -- Counts deliveries that were added: whoever finds nothing pending knows whether that is still so.
  version bigint not null default 1,
  -- Counts claims: a worker that lost its claim changes nothing.
  claims bigint not null default 0,
  claimed_until timestamptz,
  -- Null while nothing waits.
  next_at timestamptz,
  failures integer not null default 0,
  primary key (endpoint_id, user_id)
);
create index webhook_lanes_due on webhook_lanes (endpoint_id, next_at) where next_at is not null;
create index webhook_lanes_customer on webhook_lanes (user_id);

create function notify_webhooks() returns trigger language plpgsql as $$
begin
  perform pg_notify('webhooks', '');
  return null;
end $$;
create trigger webhook_deliveries_notify after insert on webhook_deliveries
  for each statement execute function notify_webhooks();

insert into service_grants values
  ('ecs_webhooks', 'select, update', 'webhook_endpoints'),
  ('ecs_webhooks', 'select, insert, update, delete', 'webhook_deliveries'),
  ('ecs_webhooks', 'select, insert, update, delete', 'webhook_lanes'),
  ('ecs_webhooks', 'select (id, user_id, position, type, offer_id, analysis_id, created_at)', 'notifications'),
  ('ecs_webhooks', 'select (id, user_id, credit_limit, interest_rate, credit_type, accepted_at)', 'credit_limits'),
  ('ecs_back_office', 'select, insert, update, delete', 'webhook_endpoints'),
  ('ecs_back_office', 'select, insert, update', 'webhook_deliveries'),
  ('ecs_back_office', 'select, insert, update', 'webhook_lanes'),
  ('ecs_privacy', 'select, delete', 'webhook_deliveries'),
  ('ecs_privacy', 'select, delete', 'webhook_lanes');
select grant_to_parts();
