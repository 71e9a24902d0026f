-- One rule for which e-mails are one account, whatever the database's locale: Unicode's lower case of the composed form. The
-- same rule in the client's language is emailKey in sdk/contracts/email.ts.
alter table users add column email_key text
  generated always as (lower(normalize(email, nfc) collate "und-x-icu")) stored;

do $$
declare
  twins text;
begin
  select string_agg(emails, '; ') into twins from (
    select string_agg(email, ', ') as emails from users group by email_key having count(*) > 1
  ) as accounts;
  if twins is not null then
    raise exception 'these accounts differ by case or composition alone: %', twins
      using hint = 'Give each a different e-mail (update users set email = ... where id = ...), then migrate again.';
  end if;
end $$;

create unique index users_email_key on users (email_key);
drop index users_email;

-- A stored response lives no longer than what is in it: a login's no longer than its token.
alter table idempotency_keys add column expires_at timestamptz not null default now() + interval '24 hours';
create index idempotency_keys_expires_at on idempotency_keys (expires_at);
drop index idempotency_keys_created_at;
