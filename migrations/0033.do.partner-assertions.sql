-- `update` is what it takes to lock rows: those of assertions that have ended are, before they are deleted.
insert into service_grants values ('ecs_credit', 'update', 'partner_assertions');
select grant_to_parts();
