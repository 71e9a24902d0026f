import { CACHE_USES, type CacheUser, type CacheVerb } from './cache-keys.ts';
import { CACHE_SCRIPTS } from './cache-scripts.ts';

const USERS = {
  begin:
    '  # Made by `npm run documents` of platform/data/cache-keys.ts: one user per service, with rights.\n',
  end: '  # End of the services.\n',
};
const SCRIPTS = {
  begin: '# Made by `npm run documents` of platform/data/cache-scripts.ts.\n',
  end: '# End of the scripts.\n',
};

/**
 * What a client says of itself before its commands. No category: that of connections has CLIENT TRACKING,
 * which tells the names of all keys that anybody changes, customers' ids and network addresses among them.
 */
const CONNECTION = ['ping', 'select', 'info'];
const COMMANDS: Record<CacheVerb, readonly string[]> = {
  get: ['get'],
  set: ['set'],
  claim: ['set'],
  remove: ['del'],
  setAbsent: ['evalsha', 'get', 'set'],
  takeTokens: ['evalsha', 'time', 'hmget', 'hset', 'pexpire'],
};

/** Returns deploy/redis/start.sh with the users of the catalogue and the scripts in their places. */
export function withUsersAndScripts(script: string): string {
  const users = [...new Set(CACHE_USES.map(({ user }) => user))];
  const withUsers = replaceBetween(script, USERS, users.map(userOf).join(''));
  return replaceBetween(withUsers, SCRIPTS, Object.values(CACHE_SCRIPTS).map(loadOf).join(''));
}

function replaceBetween(text: string, { begin, end }: typeof USERS, middle: string): string {
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the script lacks the place: ${begin}`);
  return `${before}${begin}${middle}${end}${after}`;
}

const loadOf = (lua: string) => `load "$(cat <<'LUA'
${lua}
LUA
)"
`;

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
