-- A partner, and the operators together, have at most 50 endpoints: counted behind a lock, since additions at the same moment do not
-- see one another. A row beyond is not inserted.
create function limit_webhooks() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('webhooks of ' || coalesce(new.partner_id, ''), 0));
  if (
    select count(*) from webhook_endpoints
    where removed_at is null and partner_id is not distinct from new.partner_id
  ) >= 50 then
    return null;
  end if;
  return new;
end $$;
create trigger webhooks_limited before insert on webhook_endpoints for each row execute function limit_webhooks();
