#!/bin/sh
# Redis Sentinel: says which of the servers is the first, and makes another the first when that one is gone.
#   sh sentinel.sh NAME     NAME is this sentinel's own, in the network
set -eu
conf=/tmp/sentinel.conf
umask 077
cat > "$conf" <<CONF
port 26379
bind 0.0.0.0
dir /tmp
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $1
sentinel myid $(printf '%s' "$1" | sha1sum | cut -d' ' -f1)
sentinel monitor ecs redis 6379 2
sentinel auth-user ecs sentinel
sentinel auth-pass ecs $SENTINEL_PASSWORD
sentinel down-after-milliseconds ecs 3000
sentinel failover-timeout ecs 10000
sentinel parallel-syncs ecs 1
# Services may ask for the primary, sentinels may vote; nobody may change anything.
user default on nopass allchannels -@all +ping +info +hello +auth +client|setname +subscribe +psubscribe +publish +sentinel|get-master-addr-by-name +sentinel|sentinels +sentinel|replicas +sentinel|slaves +sentinel|is-master-down-by-addr
CONF
exec redis-server "$conf" --sentinel
