#!/bin/sh
# A streaming replica: copies the primary when its own folder is empty, then follows it.
set -eu
data=${PGDATA:-/var/lib/postgresql/data}
export PGPASSWORD=$REPLICATION_PASSWORD
until [ -s "$data/PG_VERSION" ]; do
  # An interrupted copy cannot be continued.
  rm -rf "${data:?}"/*
  pg_basebackup -h postgres -U ecs_replication -D "$data" -X stream -R || sleep 1
done
unset PGPASSWORD
chown -R postgres "$data"
chmod 700 "$data"
exec docker-entrypoint.sh postgres "$@"
