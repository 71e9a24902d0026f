-- How far `back-office` has verified each chain of hashes. A pass goes from the first link to the last one in steps, whichever
-- replica makes them and however often they start anew.
create table chain_verifications (
  chain text primary key check (chain in ('acts', 'decisions')),
  -- The pass under way: its last verified link, and the first link with a fault.
  position bigint not null default 0,
  fault_position bigint,
  started_at timestamptz not null default now(),
  -- The last pass that came to the end of the chain.
  completed_at timestamptz,
  fault_position_before bigint,
  -- The furthest end of the chain that a step has seen: one that is gone later was cut off.
  seen_position bigint,
  seen_link text,
  stepped_at timestamptz not null default now(),
  -- A claim makes the step due again for the case that its process dies; a later claim has another ticket.
  due_at timestamptz not null default now(),
  ticket bigint not null default 0
);
-- Both for good: a chain without its row is an alert.
insert into chain_verifications (chain) values ('acts'), ('decisions');

insert into service_grants values ('ecs_back_office', 'select, update', 'chain_verifications');
select grant_to_parts();
