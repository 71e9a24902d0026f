#!/bin/sh
# Runs a client program of PostgreSQL against the primary, wherever it is:
#   docker compose exec -T postgres on-primary pg_dump -Fc ecsdb > ecs.dump
set -eu
export PGHOST="$NODES" PGUSER="$POSTGRES_USER" PGPASSWORD="$POSTGRES_PASSWORD" PGTARGETSESSIONATTRS=read-write
exec "$@"
