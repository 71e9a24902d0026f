-- A month of which the default partition has events already gets no partition of its own: one could not be made, and the coming months
-- were not made either, for as long as those events were kept. Such a month stays in the default one; retention deletes its rows.
create or replace function ensure_event_partitions() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  parent text;
  month date;
  partition text;
begin
  perform pg_advisory_xact_lock(4517232);
  foreach parent in array array['emotional_events', 'transactions'] loop
    for month in
      select (date_trunc('month', now() at time zone 'utc') + make_interval(months => step))::date
      from generate_series(-2, 1) as step
    loop
      partition := parent || to_char(month, '_YYYY_MM');
      -- Asked first: to make a table, even one that exists, locks its parent.
      if to_regclass(partition) is null then
        begin
          execute format('create table %I partition of %I for values from (%L) to (%L)',
            partition, parent, month, (month + interval '1 month')::date);
        exception when check_violation then
          raise notice 'the default partition has events of %', partition;
        end;
      end if;
    end loop;
  end loop;
end $$;
