-- A database that is restored, or recovered to an earlier moment, counts its notifications on from there: clients that have seen later
-- positions would take the next notifications for ones they have. Whatever brings back an earlier state of a database changes its server,
-- its timeline, or the ids of the database and its tables: from then on each customer who was there counts on from above all that were lost.
create table notification_floors (
  is_only boolean primary key default true check (is_only),
  identity text not null,
  floor bigint not null default 0,
  since timestamptz not null default clock_timestamp()
);

create function notification_floor(out position_floor bigint, out floor_since timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  present constant text := concat_ws(' ', (select system_identifier from pg_control_system()),
    (select oid from pg_database where datname = current_database()), 'notifications'::regclass::oid,
    left(pg_walfile_name(pg_current_wal_insert_lsn()), 8));
begin
  select known.floor, known.since into position_floor, floor_since from notification_floors as known where identity = present;
  if found then return; end if;
  -- The first of a new system has lost none.
  insert into notification_floors as known (identity) values (present)
  on conflict (is_only) do update set identity = excluded.identity, floor = known.floor + 100000, since = excluded.since
    where known.identity <> excluded.identity;
  select known.floor, known.since into position_floor, floor_since from notification_floors as known;
end $$;
revoke execute on function notification_floor() from public;

insert into service_grants values
  ('ecs_credit_application', 'execute', 'notification_floor()'),
  ('ecs_credit_application', 'select (created_at)', 'users');
select grant_to_parts();
