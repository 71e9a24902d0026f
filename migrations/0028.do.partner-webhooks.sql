-- A partner's endpoints get events while the partner is active and has the scope: the service asks at each claim. Afterwards events
-- begin anew, as after an endpoint was enabled; those of a removed partner are removed with it.
create function follow_partner_webhooks() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.status = 'removed' then
    update webhook_endpoints set removed_at = now(), state = 'disabled', disabled_by = 'act'
    where partner_id = new.id and removed_at is null;
  elsif new.status = 'active' and 'webhooks:manage' = any (new.scopes) then
    update webhook_endpoints set events_from = now() where partner_id = new.id and removed_at is null;
  end if;
  return null;
end $$;
create trigger partner_webhooks_followed after update on partners
  for each row
  when ((new.status = 'active' and 'webhooks:manage' = any (new.scopes))
    is distinct from (old.status = 'active' and 'webhooks:manage' = any (old.scopes))
    or new.status = 'removed')
  execute function follow_partner_webhooks();

insert into service_grants values ('ecs_webhooks', 'select (id, status, scopes)', 'partners');
select grant_to_parts();
