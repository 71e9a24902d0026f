#!/bin/sh
# A role for each service that uses the database, with the password of the environment. Runs by itself when the database
# is made, and again by hand for a new password or a new service. What each may do is granted by the migrations
# (grant_to_parts), which run as the owner.
set -eu
for part in emotion_processing transaction_processing credit credit_application challenger webhooks back_office privacy; do
  variable=$(echo "${part}_PASSWORD" | tr '[:lower:]' '[:upper:]')
  password=$(printenv "$variable")
  # Passwords are letters and digits, see deploy/secrets.sh.
  psql -v ON_ERROR_STOP=1 -q -o /dev/null -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<SQL
-- No statement of this session goes to the server's log, where its owner may forbid that.
do \$\$ begin
  perform set_config('log_statement', 'none', false), set_config('log_min_duration_statement', '-1', false),
    set_config('log_min_error_statement', 'panic', false);
exception when insufficient_privilege then null;
end \$\$;
select 'create role ecs_$part login' where not exists (select from pg_roles where rolname = 'ecs_$part') \gexec
alter role ecs_$part password '$password';
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
