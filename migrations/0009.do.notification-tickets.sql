-- Tickets that were used: each opens one event stream, whichever replica it comes to. A ticket lives 30 s, so few rows stay.
create table used_tickets (
  id uuid primary key,
  expires_at timestamptz not null
);
create index used_tickets_expires_at on used_tickets (expires_at);

insert into service_grants values ('ecs_credit', 'select, insert, delete', 'used_tickets');
select grant_to_parts();
