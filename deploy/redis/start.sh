#!/bin/sh
# Redis with one user per service: a cache that is never needed, and counts of rate limits. Passwords come from the
# environment, and only their hashes are written. Arguments are redis-server's.
set -eu
acl=${ACL_FILE:-/tmp/users.acl}
socket=$acl.sock
# Of a user that loads the scripts below and ends with this shell; nobody else learns it.
loader_password=$(head -c 32 /dev/urandom | sha256sum | cut -d' ' -f1)
hash() { printf '%s' "$1" | sha256sum | cut -d' ' -f1; }
umask 077
{
  echo "user default off"
  echo "user health on nopass -@all +ping"
  echo "user loader on #$(hash "$loader_password") -@all +script|load"
  # Made by `npm run documents` of platform/data/cache-keys.ts: one user per service, with rights.
  echo "user credit on #$(hash "$CREDIT_PASSWORD")" \
    '~analysis:* ~analysis-flight:* ~quota:login:* ~quota:login-address:* ~quota:registration-address:* ~quota:partner-login:* ~quota:partner-login-address:*' \
    '-@all +ping +select +info +get +set +del +evalsha +time +hmget +hset +pexpire'
  echo "user privacy on #$(hash "$PRIVACY_PASSWORD")" \
    '~analysis:* ~analysis-flight:* ~quota:user:*' \
    '-@all +ping +select +info +del'
  echo "user gateway on #$(hash "$GATEWAY_PASSWORD")" \
    '~quota:user:* ~quota:key:* ~quota:partner:*' \
    '-@all +ping +select +info +evalsha +time +hmget +hset +pexpire'
  echo "user back-office on #$(hash "$BACK_OFFICE_PASSWORD")" \
    '~quota:operator-login:* ~quota:operator-login-address:*' \
    '-@all +ping +select +info +evalsha +time +hmget +hset +pexpire'
  echo "user emotion-ingestion on #$(hash "$EMOTION_INGESTION_PASSWORD")" \
    '~event-key:emotions:*' \
    '-@all +ping +select +info +evalsha +get +set'
  echo "user transaction-ingestion on #$(hash "$TRANSACTION_INGESTION_PASSWORD")" \
    '~event-key:transactions:*' \
    '-@all +ping +select +info +evalsha +get +set'
  # End of the services.
  # Only in a cluster: the replica's user, and the sentinels'.
  if [ -n "${REPLICATION_PASSWORD:-}" ]; then
    echo "user replica on #$(hash "$REPLICATION_PASSWORD") -@all +psync +replconf +ping"
    echo "user sentinel on #$(hash "$SENTINEL_PASSWORD") allchannels -@all +multi +exec +slaveof +replicaof +ping +info +role +subscribe +publish +config|rewrite +client|setname +client|kill +script|kill"
    set -- --masteruser replica --masterauth "$REPLICATION_PASSWORD" "$@"
  fi
} > "$acl"

# Services name a script and send none, since an endless one would block Redis for everybody. A server that was
# restarted has forgotten them, so they are loaded by each, as soon as it listens; while it lives, whose process is this.
load() {
  while kill -0 $$ 2> /dev/null; do
    loaded=$(REDISCLI_AUTH=$loader_password redis-cli -s "$socket" --user loader script load "$1" 2> /dev/null || true)
    case $loaded in *[!0-9a-f]* | '') sleep 0.05 ;; *) return ;; esac
  done
  exit
}
load_scripts() {
# Made by `npm run documents` of platform/data/cache-scripts.ts.
load "$(cat <<'LUA'

  local previous = {}
  for index, key in ipairs(KEYS) do
    previous[index] = redis.call('GET', key)
    if not previous[index] then redis.call('SET', key, ARGV[index + 1], 'EX', ARGV[1]) end
  end
  return previous
LUA
)"
load "$(cat <<'LUA'

  local count, perSecond, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local time = redis.call('TIME')
  local now = time[1] + time[2] / 1000000
  local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
  local tokens, at = tonumber(bucket[1]) or burst, tonumber(bucket[2]) or now
  tokens = math.min(burst, tokens + math.max(0, now - at) * perSecond)
  tokens = math.max(-burst, tokens - count)
  redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.6f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / perSecond * 1000) + 1000)
  return tostring(tokens)
LUA
)"
# End of the scripts.
  echo "scripts loaded"
}
load_scripts &
# A client is cut off rather than that its command fills the memory of the container: anybody may ping, with a text of any length.
exec redis-server --bind 0.0.0.0 --port 6379 --unixsocket "$socket" --unixsocketperm 700 --save '' --appendonly no \
  --maxmemory 192mb --maxmemory-policy allkeys-lru --maxmemory-clients 32mb --proto-max-bulk-len 1mb --aclfile "$acl" "$@"
