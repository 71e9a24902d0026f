#!/bin/sh
# A PostgreSQL server under Patroni, and its pooler. NODE is its name, by which the others reach it; NODES has all names.
set -eu
export PATRONI_SCOPE=ecs PATRONI_NAME="$NODE"
export PATRONI_RESTAPI_LISTEN=0.0.0.0:8008 PATRONI_RESTAPI_CONNECT_ADDRESS="$NODE:8008"
export PATRONI_RESTAPI_USERNAME=patroni PATRONI_RESTAPI_PASSWORD="$PATRONI_PASSWORD"
export PATRONI_POSTGRESQL_LISTEN=0.0.0.0:5432 PATRONI_POSTGRESQL_CONNECT_ADDRESS="$NODE:5432"
export PATRONI_POSTGRESQL_DATA_DIR=/var/lib/postgresql/patroni/data PATRONI_POSTGRESQL_PGPASS=/tmp/pgpass
PATRONI_POSTGRESQL_BIN_DIR=$(dirname "$(readlink -f "$(command -v postgres)")")
export PATRONI_POSTGRESQL_BIN_DIR
export PATRONI_SUPERUSER_USERNAME="$POSTGRES_USER" PATRONI_SUPERUSER_PASSWORD="$POSTGRES_PASSWORD"
export PATRONI_REPLICATION_USERNAME=ecs_replication PATRONI_REPLICATION_PASSWORD="$REPLICATION_PASSWORD"
# Started again whenever drop-clients.sh has ended it; it dies with this container.
while :; do sh /etc/ecs/pgbouncer.sh || sleep 1; done &
exec patroni /etc/ecs/patroni.yaml
