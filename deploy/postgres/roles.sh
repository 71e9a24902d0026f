#!/bin/sh
# Runs once, when the database is made: a role for each service that uses it. What each may do is granted by the
# migrations (grant_to_parts), which run as the owner.
set -eu
for part in emotion_processing transaction_processing credit credit_application challenger webhooks back_office privacy; do
  variable=$(echo "${part}_PASSWORD" | tr '[:lower:]' '[:upper:]')
  password=$(printenv "$variable")
  # Passwords are letters and digits, see deploy/secrets.sh.
  psql -v ON_ERROR_STOP=1 -q -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<SQL
create role ecs_$part login password '$password';
-- A pooler does not pass on what a connection asks for when it begins (platform/data/sql.ts).
alter role ecs_$part set statement_timeout = '1500ms';
alter role ecs_$part set enable_seqscan = off;
alter role ecs_$part set jit = off;
SQL
done
# Its pages of many rows come from the index that has their order.
psql -v ON_ERROR_STOP=1 -q -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<SQL
alter role ecs_privacy set enable_sort = off;
alter role ecs_privacy set enable_bitmapscan = off;
SQL
psql -v ON_ERROR_STOP=1 -q -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c 'revoke create on schema public from public'
