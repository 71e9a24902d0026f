#!/bin/sh
# Redis Sentinel: says which of the servers is the first, and makes another the first when that one is gone.
#   sh sentinel.sh NAME [OPTION…]     NAME is this sentinel's own, in the network; options are redis-server's
set -eu
name=$1
shift
conf=${SENTINEL_CONF:-/tmp/sentinel.conf}
umask 077
cat > "$conf" <<CONF
port 26379
bind 0.0.0.0
dir /tmp
maxmemory-clients 16mb
proto-max-bulk-len 1mb
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $name
sentinel myid $(printf '%s' "$name" | sha1sum | cut -d' ' -f1)
sentinel monitor ecs ${PRIMARY:-redis 6379} 2
sentinel auth-user ecs sentinel
sentinel auth-pass ecs $SENTINEL_PASSWORD
sentinel sentinel-user sentinel
sentinel sentinel-pass $SENTINEL_PASSWORD
sentinel down-after-milliseconds ecs 3000
sentinel failover-timeout ecs 10000
sentinel parallel-syncs ecs 1
# Services may ask for the primary. Sentinels alone may vote and greet each other: a greeting tells who the primary is.
user default on nopass resetchannels -@all +ping +sentinel|get-master-addr-by-name +sentinel|sentinels +sentinel|replicas +sentinel|slaves
user sentinel on #$(printf '%s' "$SENTINEL_PASSWORD" | sha256sum | cut -d' ' -f1) resetchannels &__sentinel__:hello -@all +ping +info +client|setname +publish +sentinel|is-master-down-by-addr
CONF
exec redis-server "$conf" --sentinel "$@"
