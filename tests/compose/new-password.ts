import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Compose } from './compose.ts';

/** Engines that take a password of the credit service. */
const ENGINES = ['postgres', 'nats', 'redis'] as const;
type Engine = (typeof ENGINES)[number];

/**
 * Gives the credit service a new password by the commands of docs/operations/secrets-and-tls.md, while it
 * works. Returns the engines that let it in with the former and the new one.
 */
export async function changePassword(
  compose: Compose,
  root: string,
): Promise<{ former: Engine[]; latest: Engine[] }> {
  const former = passwordOf(compose);
  const path = join(root, '.env');
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^CREDIT_PASSWORD=.*\n/m, ''));
  compose.addSecrets();
  await compose.run('up', '-d', ...ENGINES);
  await compose.run('exec', '-T', 'postgres', 'sh', '/docker-entrypoint-initdb.d/roles.sh');
  await compose.up();
  await compose.untilHealthy();
  return {
    former: await enginesThatTake(compose, former),
    latest: await enginesThatTake(compose, passwordOf(compose)),
  };
}

function passwordOf(compose: Compose): string {
  const password = compose.secret('CREDIT_PASSWORD');
  if (!password) throw new Error('.env has no CREDIT_PASSWORD');
  return password;
}

async function enginesThatTake(compose: Compose, password: string): Promise<Engine[]> {
  const tests: Record<Engine, () => Promise<boolean>> = {
    // By the network: connections inside the container need no password.
    postgres: () => {
      const address = `postgres://ecs_credit:${password}@postgres/ecsdb`;
      return compose.succeeds('exec', '-T', 'postgres', 'psql', '-c', 'select 1', address);
    },
    nats: () =>
      compose.succeeds('exec', '-T', 'user-and-credit-service', 'bun', '-e', sessionOfNats(password)),
    redis: async () => {
      const command = ['exec', '-T', 'redis', 'redis-cli', '--user', 'credit', '--pass', password, 'ping'];
      return (await compose.run(...command)).includes('PONG');
    },
  };
  const taken = await Promise.all(ENGINES.map((engine) => tests[engine]()));
  return ENGINES.filter((_, index) => taken[index]);
}

/** A program that ends with 0 when the broker lets the user in, and with 1 when it does not. */
function sessionOfNats(password: string): string {
  const connect = JSON.stringify({ user: 'credit', pass: password, verbose: false, protocol: 1 });
  return `Bun.connect({ hostname: 'nats', port: 4222, socket: {
    open(socket) { socket.write('CONNECT ' + ${JSON.stringify(connect)} + '\\r\\nPING\\r\\n') },
    data(socket, bytes) {
      const text = bytes.toString();
      if (text.includes('-ERR')) process.exit(1);
      if (text.includes('PONG')) process.exit(0);
    },
    close() { process.exit(1) },
  } })`;
}
