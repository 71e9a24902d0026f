#!/bin/sh
# Redis with one user a service: a cache that is never needed, and counts of rate limits. Passwords come from the
# environment, and only their hashes are written. Arguments are redis-server's.
set -eu
acl=${ACL_FILE:-/tmp/users.acl}
hash() { printf '%s' "$1" | sha256sum | cut -d' ' -f1; }
umask 077
{
  echo "user default off"
  echo "user health on nopass -@all +ping"
  # Made by `npm run documents` of platform/data/cache-keys.ts: one user a service, with its rights.
  echo "user credit on #$(hash "$CREDIT_PASSWORD")" \
    '~analysis:* ~analysis-flight:* ~quota:login:* ~quota:login-address:* ~quota:partner-login:* ~quota:partner-login-address:*' \
    '-@all +ping +select +info +get +set +del +eval +evalsha +script|load +time +hmget +hset +pexpire'
  echo "user privacy on #$(hash "$PRIVACY_PASSWORD")" \
    '~analysis:* ~analysis-flight:* ~quota:user:*' \
    '-@all +ping +select +info +del'
  echo "user gateway on #$(hash "$GATEWAY_PASSWORD")" \
    '~quota:user:* ~quota:key:* ~quota:partner:*' \
    '-@all +ping +select +info +eval +evalsha +script|load +time +hmget +hset +pexpire'
  echo "user back-office on #$(hash "$BACK_OFFICE_PASSWORD")" \
    '~quota:operator-login:* ~quota:operator-login-address:*' \
    '-@all +ping +select +info +eval +evalsha +script|load +time +hmget +hset +pexpire'
  echo "user emotion-ingestion on #$(hash "$EMOTION_INGESTION_PASSWORD")" \
    '~event-key:emotions:*' \
    '-@all +ping +select +info +eval +evalsha +script|load +get +set'
  echo "user transaction-ingestion on #$(hash "$TRANSACTION_INGESTION_PASSWORD")" \
    '~event-key:transactions:*' \
    '-@all +ping +select +info +eval +evalsha +script|load +get +set'
  # End of the services.
  # Only in a cluster: the replica's user, and the sentinels'.
  if [ -n "${REPLICATION_PASSWORD:-}" ]; then
    echo "user replica on #$(hash "$REPLICATION_PASSWORD") -@all +psync +replconf +ping"
    echo "user sentinel on #$(hash "$SENTINEL_PASSWORD") allchannels -@all +multi +exec +slaveof +replicaof +ping +info +role +subscribe +publish +config|rewrite +client|setname +client|kill +script|kill"
    set -- --masteruser replica --masterauth "$REPLICATION_PASSWORD" "$@"
  fi
} > "$acl"
exec redis-server --bind 0.0.0.0 --port 6379 --save '' --appendonly no \
  --maxmemory 192mb --maxmemory-policy allkeys-lru --aclfile "$acl" "$@"
