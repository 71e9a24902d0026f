-- A statement that stores facts adds to days of some customers and has the first events of a day of others: a trigger of its own locks
-- the versions of each of the two, so that two statements could wait for each other. Statements lock all of them by this before, in
-- one order.
create function lock_fact_versions(customers uuid[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform from fact_versions where user_id = any (customers) order by user_id for no key update;
end $$;
revoke execute on function lock_fact_versions(uuid[]) from public;

insert into service_grants values
  ('ecs_emotion_processing', 'execute', 'lock_fact_versions(uuid[])'),
  ('ecs_transaction_processing', 'execute', 'lock_fact_versions(uuid[])');
select grant_to_parts();
