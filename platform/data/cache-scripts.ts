/**
 * THE scripts that Redis runs for a cache. A server with users is given them at its start, by
 * deploy/redis/start.sh, and its users may name one of these and send none of their own: an endless script
 * blocks Redis for everybody. Bounded each: by the keys of the call, or by nothing that a caller sends.
 */
export const CACHE_SCRIPTS = {
  setAbsent: `
  local previous = {}
  for index, key in ipairs(KEYS) do
    previous[index] = redis.call('GET', key)
    if not previous[index] then redis.call('SET', key, ARGV[index + 1], 'EX', ARGV[1]) end
  end
  return previous`,

  // One bucket, by the clock of Redis: refilled for the time since the last call, less the tokens taken. A
  // debt is at most a burst, and a bucket that is full again is forgotten.
  takeTokens: `
  local count, perSecond, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local time = redis.call('TIME')
  local now = time[1] + time[2] / 1000000
  local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
  local tokens, at = tonumber(bucket[1]) or burst, tonumber(bucket[2]) or now
  tokens = math.min(burst, tokens + math.max(0, now - at) * perSecond)
  tokens = math.max(-burst, tokens - count)
  redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.6f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / perSecond * 1000) + 1000)
  return tostring(tokens)`,
} as const;
