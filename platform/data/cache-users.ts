import { CACHE_USES, type CacheUser, type CacheVerb } from './cache-keys.ts';

const BEGIN =
  '  # Made by `npm run documents` of platform/data/cache-keys.ts: one user a service, with its rights.\n';
const END = '  # End of the services.\n';

/**
 * What a client says of itself before its commands. No category: that of connections has CLIENT TRACKING,
 * which tells the names of all keys that anybody changes, customers' ids and network addresses among them.
 */
const CONNECTION = ['ping', 'select', 'info'];
const SCRIPT = ['eval', 'evalsha', 'script|load'];
const COMMANDS: Record<CacheVerb, readonly string[]> = {
  get: ['get'],
  set: ['set'],
  claim: ['set'],
  remove: ['del'],
  setAbsent: [...SCRIPT, 'get', 'set'],
  takeTokens: [...SCRIPT, 'time', 'hmget', 'hset', 'pexpire'],
};

/** Returns deploy/redis/start.sh with the users of the catalogue in their place. */
export function withCacheUsers(script: string): string {
  const [before, rest] = script.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error('the script lacks the place of its users');
  const users = [...new Set(CACHE_USES.map(({ user }) => user))];
  return `${before}${BEGIN}${users.map(userOf).join('')}${END}${after}`;
}

function userOf(user: CacheUser): string {
  const uses = CACHE_USES.filter((use) => use.user === user);
  const keys = [...new Set(uses.map(({ prefix }) => `~${prefix}*`))].join(' ');
  const names = new Set([...CONNECTION, ...uses.flatMap(({ verb }) => COMMANDS[verb])]);
  const commands = [...names].map((name) => `+${name}`);
  return `  echo "user ${user} on #$(hash "$${user.toUpperCase().replaceAll('-', '_')}_PASSWORD")" \\
    '${keys}' \\
    '-@all ${commands.join(' ')}'
`;
}
