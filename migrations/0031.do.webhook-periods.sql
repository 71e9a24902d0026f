-- Periods in which a webhook endpoint or its partner was closed: events of these are not delivered, and events of before are, also
-- those that the service reads late. `renewed_at` is the time of its last new beginning, by an act or another address: attempts of
-- before are no failures of it, and what waits has its day from then on. The version before goes on working on this schema.
alter table webhook_endpoints
  add column closed_periods tstzmultirange not null default '{}',
  add column renewed_at timestamptz not null default now();
update webhook_endpoints set closed_periods = tstzmultirange(tstzrange(now(), null)) where state = 'disabled';

-- Streams keep a message for less than nine days: older periods are of no event.
create function close_webhook(periods tstzmultirange) returns tstzmultirange language sql stable as $$
  select periods * tstzmultirange(tstzrange(now() - interval '9 days', null)) + tstzmultirange(tstzrange(now(), null))
$$;
create function open_webhook(periods tstzmultirange) returns tstzmultirange language sql stable as $$
  select periods - tstzmultirange(tstzrange(now(), null))
$$;

create function follow_webhook_state() returns trigger language plpgsql as $$
begin
  if new.state = 'disabled' then
    new.closed_periods := close_webhook(old.closed_periods);
  elsif new.partner_id is null or exists (
    select from partners
    where id = new.partner_id and status = 'active' and 'webhooks:manage' = any (scopes)
  ) then
    new.closed_periods := open_webhook(old.closed_periods);
  end if;
  return new;
end $$;
create trigger webhook_state_followed before update on webhook_endpoints
  for each row when ((new.state = 'disabled') is distinct from (old.state = 'disabled'))
  execute function follow_webhook_state();

create or replace function follow_partner_webhooks() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.status = 'removed' then
    update webhook_endpoints set removed_at = now(), state = 'disabled', disabled_by = 'act'
    where partner_id = new.id and removed_at is null;
  elsif new.status = 'active' and 'webhooks:manage' = any (new.scopes) then
    update webhook_endpoints set renewed_at = now(), closed_periods = open_webhook(closed_periods)
    where partner_id = new.id and removed_at is null and state <> 'disabled';
  else
    update webhook_endpoints set closed_periods = close_webhook(closed_periods)
    where partner_id = new.id and removed_at is null and state <> 'disabled';
  end if;
  return null;
end $$;
