create table outbox (
  id text primary key,
  topic text not null,
  payload jsonb not null,
  attempts integer not null default 0,
  lease_until timestamptz,
  sent_at timestamptz,
  -- Where the broker keeps it; a stream re-created since, or cut off before this place, has lost it.
  stream_created text,
  stream_sequence bigint,
  created_at timestamptz not null default now()
);

create index outbox_unsent on outbox (created_at) where sent_at is null;
create index outbox_sent on outbox (sent_at) where sent_at is not null;

create function notify_outbox() returns trigger language plpgsql as $$
begin
  perform pg_notify('outbox', '');
  return null;
end
$$;

create trigger outbox_notify after insert on outbox for each statement execute function notify_outbox();
