#!/bin/sh
# Runs once, on the server that is made first: the database, and a role for each service.
set -eu
export PGHOST=127.0.0.1 PGPASSWORD="$POSTGRES_PASSWORD"
psql -v ON_ERROR_STOP=1 -q -U "$POSTGRES_USER" -d postgres -c "create database $POSTGRES_DB"
sh /docker-entrypoint-initdb.d/roles.sh
