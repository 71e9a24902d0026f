-- What each part may do, where it has a role of its own (deploy/postgres/roles.sh makes them; a laptop has none). To be
-- called again after a role was made later: select grant_to_parts().
create function grant_to_parts() returns void language plpgsql as $$
declare
  one record;
begin
  for one in
    select * from (values
      ('ecs_emotion_processing', 'select (id)', 'users'),
      ('ecs_emotion_processing', 'select, insert', 'emotional_events'),
      ('ecs_emotion_processing', 'select, insert, update', 'emotional_daily_sums'),
      ('ecs_transaction_processing', 'select (id)', 'users'),
      ('ecs_transaction_processing', 'select, insert', 'transactions'),
      ('ecs_transaction_processing', 'select, insert, update', 'transaction_daily_sums'),
      ('ecs_credit', 'select, insert', 'users'),
      ('ecs_credit', 'select', 'emotional_daily_sums'),
      ('ecs_credit', 'select', 'emotional_events_summary'),
      ('ecs_credit', 'select', 'transaction_daily_sums'),
      ('ecs_credit', 'select, insert, update', 'credit_limits'),
      ('ecs_credit', 'select, insert', 'credit_analyses'),
      ('ecs_credit', 'select, insert, update, delete', 'credit_analysis_latest'),
      ('ecs_credit', 'select', 'notifications'),
      ('ecs_credit', 'select, insert, update, delete', 'outbox'),
      ('ecs_credit', 'select, insert, update, delete', 'idempotency_keys'),
      ('ecs_credit_application', 'select (id, notification_count), update (notification_count)', 'users'),
      ('ecs_credit_application', 'select, update', 'credit_limits'),
      ('ecs_credit_application', 'select, insert', 'notifications'),
      ('ecs_credit_application', 'select, insert, update', 'outbox')
    ) as grants (role, privileges, relation)
  loop
    if exists (select from pg_roles where rolname = one.role) then
      execute format('grant %s on %I to %I', one.privileges, one.relation, one.role);
      if one.relation in ('emotional_events', 'transactions') then
        execute format('grant execute on function ensure_event_partitions() to %I', one.role);
      end if;
    end if;
  end loop;
end $$;

-- Partitions are made in the name of their owner: a worker may store events, not make tables.
alter function ensure_event_partitions() security definer set search_path = public, pg_temp;
revoke execute on function ensure_event_partitions() from public;
revoke execute on function grant_to_parts() from public;
select grant_to_parts();
