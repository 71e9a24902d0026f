-- A removed endpoint is gone for everybody at once; its deliveries, which may be millions, go in portions by the service.
alter table webhook_endpoints add column removed_at timestamptz;
create index webhook_endpoints_removed on webhook_endpoints (removed_at) where removed_at is not null;

insert into service_grants values ('ecs_webhooks', 'delete', 'webhook_endpoints');
select grant_to_parts();
