-- A webhook endpoint is changed in place: of a type that is added, events of before are not delivered. The version before goes on
-- working on this schema.
alter table webhook_endpoints add column types_from jsonb not null default '{}' check (jsonb_typeof(types_from) = 'object');
