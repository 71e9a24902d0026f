#!/bin/sh
# Shares few connections to the PostgreSQL server beside it between many, by transaction. `ecsdb_session` is for LISTEN.
# Services connect with ?prepare=false&max_pipeline=0: a statement that was prepared is on a connection that somebody
# else has now; and a statement that is sent before the one ahead of it is answered may be answered to nobody (PgBouncer
# gives the connection away at the first result: "got packet from server when not linked").
set -eu
umask 077
rm -f /tmp/pgbouncer.pid
users=/tmp/userlist.txt
for part in emotion_processing transaction_processing credit credit_application challenger webhooks back_office privacy; do
  variable=$(echo "${part}_PASSWORD" | tr '[:lower:]' '[:upper:]')
  echo "\"ecs_$part\" \"$(printenv "$variable")\""
done > "$users"
cat > /tmp/pgbouncer.ini <<CONF
[databases]
ecsdb = host=127.0.0.1 port=5432 dbname=ecsdb
ecsdb_session = host=127.0.0.1 port=5432 dbname=ecsdb pool_mode=session pool_size=20
[pgbouncer]
listen_addr = 0.0.0.0
listen_port = 6432
unix_socket_dir =
pidfile = /tmp/pgbouncer.pid
auth_type = scram-sha-256
auth_file = $users
pool_mode = transaction
default_pool_size = ${POOL_SIZE:-20}
max_client_conn = ${CLIENTS_MAX:-2000}
# The roles have those that count here themselves (deploy/postgres/roles.sh): nothing is prepared through a pooler, so no
# plan is kept.
ignore_startup_parameters = statement_timeout,enable_seqscan,jit,plan_cache_mode,enable_sort,enable_bitmapscan,extra_float_digits
server_connect_timeout = 2
server_login_retry = 1
query_wait_timeout = 2
log_connections = 0
log_disconnections = 0
CONF
exec pgbouncer /tmp/pgbouncer.ini
