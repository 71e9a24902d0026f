-- What was done to decisions and policies by hand is seen: rows without a record, and policies changed by plain SQL.
-- The version before goes on working on this schema.

-- Decided before records were kept. A row of `credit_analyses` without a record that is not here was added afterwards.
create table credit_analyses_unrecorded (analysis_id uuid primary key);
insert into credit_analyses_unrecorded
select id from credit_analyses where record is null and record_hash is null and policy_hash is null;

-- The last row of `policy_events` about a jurisdiction says which policy is active there: null where a rollback, or a hand,
-- left it to the policy of `*`. A rollback that restored no version names the one that it undid.
create function recorded_activation(place text) returns text
language sql stable set search_path = public, pg_temp as $$
  select case when made.act = 'rollback' and made.version = undone.version then null else made.version end
  from policy_events made left join policy_events undone on undone.id = made.undoes
  where made.jurisdiction = place and made.act in ('activate', 'rollback')
  order by made.id desc limit 1
$$;

-- Activations of before.
insert into policy_events (version, act, actor, note, jurisdiction)
select version, 'activate', activated_by, 'by a statement on the table policy_activations', jurisdiction
from policy_activations where recorded_activation(jurisdiction) is distinct from version order by jurisdiction;

-- A statement that keeps its own row of `policy_events` is done when this looks; another one gets it here, with the database's
-- user as the actor.
create function record_activation() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  remark constant text := 'by a statement on the table policy_activations';
begin
  if tg_op in ('INSERT', 'UPDATE') and recorded_activation(new.jurisdiction) is distinct from new.version then
    insert into policy_events (version, act, actor, note, jurisdiction)
    values (new.version, 'activate', session_user, remark, new.jurisdiction);
  end if;
  if tg_op in ('DELETE', 'UPDATE') and recorded_activation(old.jurisdiction) is not null
    and not exists (select from policy_activations where jurisdiction = old.jurisdiction) then
    insert into policy_events (version, act, actor, note, jurisdiction, undoes)
    select version, 'rollback', session_user, remark, jurisdiction, id from policy_events as made
    where act = 'activate' and jurisdiction = old.jurisdiction
      and not exists (select from policy_events where undoes = made.id)
    order by id desc limit 1;
  end if;
  return null;
end $$;
create trigger activation_recorded after insert or update or delete on policy_activations
  for each row execute function record_activation();

create function record_policy_step() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  step constant text := case
    when tg_op = 'INSERT' or new.state = 'draft' then 'add'
    when new.state = 'tested' then 'test'
    when new.state = 'proposed' then 'propose'
    when new.state = 'approved' then 'approve'
    when new.state = 'retired' then 'retire'
  end;
begin
  if step <> coalesce((
    select act from policy_events where version = new.version order by id desc limit 1
  ), '') then
    insert into policy_events (version, act, actor, note)
    values (new.version, step, session_user, format('%s, by a statement on the table policies', new.state));
  end if;
  return null;
end $$;
create trigger policy_added after insert on policies for each row execute function record_policy_step();
-- Activations make a policy active, and have rows of their own.
create trigger policy_stepped after update of state on policies
  for each row when (old.state <> new.state and new.state <> 'active') execute function record_policy_step();
