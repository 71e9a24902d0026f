-- A service is ready once the schema is as new as its code (platform/data/schema-version.ts).
insert into service_grants
select role, 'select (version)', 'schema_version' from (select distinct role from service_grants) as service;
select grant_to_parts();
