#!/bin/sh
# Lets a replica copy the database. Runs once, when the database is made; for one that is there already:
#   docker compose exec postgres sh /docker-entrypoint-initdb.d/replication.sh
set -eu
psql -v ON_ERROR_STOP=1 -q -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<SQL
do \$\$ begin
  if not exists (select from pg_roles where rolname = 'ecs_replication') then
    create role ecs_replication replication login;
  end if;
end \$\$;
alter role ecs_replication password '$REPLICATION_PASSWORD';
SQL
rule='host replication ecs_replication all scram-sha-256'
grep -qx "$rule" "$PGDATA/pg_hba.conf" || echo "$rule" >> "$PGDATA/pg_hba.conf"
psql -v ON_ERROR_STOP=1 -q -U "$POSTGRES_USER" -d "$POSTGRES_DB" -tAc 'select pg_reload_conf()' >/dev/null
