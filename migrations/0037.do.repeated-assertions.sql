-- A request for a token that a hop sends again has the same assertion under the same idempotency key: it is known by its hash.
alter table partner_assertions add column request_hash text;
alter table partner_assertions add column claimed_at timestamptz not null default now();
