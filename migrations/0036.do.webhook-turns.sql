-- Changes of an endpoint and of its partner at the same moment did not see one another: an endpoint could stay closed for good, or open
-- while its partner was closed. Whatever opens or adds an endpoint waits for a change of its partner, and a later change sees the
-- endpoint, as a function has the rows of its own moment. The version before goes on working on this schema.
create function is_open_partner(partner text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform from partners where id = partner for share;
  return partner is null or exists (
    select from partners where id = partner and status = 'active' and 'webhooks:manage' = any (scopes));
end $$;
revoke execute on function is_open_partner(text) from public;

create or replace function follow_webhook_state() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.state = 'disabled' then
    new.closed_periods := close_webhook(old.closed_periods);
  elsif is_open_partner(new.partner_id) then
    new.closed_periods := open_webhook(old.closed_periods);
  end if;
  return new;
end $$;

-- An endpoint of a removed partner is not added.
create function begin_webhook() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not is_open_partner(new.partner_id) then
    if exists (select from partners where id = new.partner_id and status = 'removed') then
      return null;
    end if;
    new.closed_periods := close_webhook(new.closed_periods);
  end if;
  return new;
end $$;
create trigger webhook_begun before insert on webhook_endpoints
  for each row when (new.partner_id is not null) execute function begin_webhook();

-- So did a credential that was added while its partner was removed.
create function end_partner_credentials() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update partner_credentials set expires_at = now()
  where partner_id = new.id and (expires_at is null or expires_at > now());
  return null;
end $$;
create trigger partner_credentials_ended after update on partners
  for each row when (new.status = 'removed' and old.status <> 'removed')
  execute function end_partner_credentials();

-- Lanes of an endpoint that begins anew, or is healed, need not wait out their delays. Of more than these the others do, so that it is
-- one statement in time. Lanes are locked in the order of whoever adds deliveries; an attempt that fails at this moment has locked the
-- endpoint before its lane.
create function wake_webhook() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update webhook_lanes as lane
  set next_at = now(), failures = case when new.renewed_at <> old.renewed_at then 0 else lane.failures end
  from (
    select user_id from webhook_lanes
    where endpoint_id = new.id and user_id in (
      select user_id from webhook_lanes where endpoint_id = new.id and next_at > now() order by next_at limit 5000)
    order by user_id for no key update
  ) as waiting
  where lane.endpoint_id = new.id and lane.user_id = waiting.user_id and next_at > now();
  return null;
end $$;
create trigger webhook_woken after update on webhook_endpoints
  for each row
  when (new.renewed_at <> old.renewed_at or new.state = 'enabled' and old.state = 'failing')
  execute function wake_webhook();
