import type { Command } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import { loadCredentials } from '../config/credentials.ts';
import { loadOperatorLogins } from '../config/operator-session.ts';
import { resolveHome, type SystemFlags } from '../config/session.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { run } from '../ui/failure.ts';
import { CliError, EXIT, printJson, printTable } from '../ui/output.ts';

export function register(program: Command): void {
  program
    .command('whoami')
    .description(
      'The first of each kind is the one who acts. Fails with exit code 4 when nobody is logged in.',
    )
    .action(run(show));
}

async function show(flags: SystemFlags): Promise<void> {
  const { home, system } = resolveHome(flags);
  const { token, operatorToken } = readUserEnvironment();
  const state = (expiresAt: string) => (Date.parse(expiresAt) <= Date.now() ? 'expired' : 'valid');
  const rows = [
    ...(token ? [{ kind: 'customer', name: '(ECS_TOKEN)', expiresAt: null, state: 'given' }] : []),
    ...loadCredentials(home)
      .filter((login) => login.system === system)
      .map(({ email, expiresAt }) => ({ kind: 'customer', name: email, expiresAt, state: state(expiresAt) })),
    ...(operatorToken
      ? [{ kind: 'operator', name: '(ECS_OPERATOR_TOKEN)', expiresAt: null, state: 'given' }]
      : []),
    ...loadOperatorLogins(home)
      .filter((login) => login.system === system)
      .map(({ name, expiresAt }) => ({ kind: 'operator', name, expiresAt, state: state(expiresAt) })),
  ];
  if (rows.length === 0) {
    const hint = steps('ecs login EMAIL', 'ecs operators login NAME');
    throw new CliError(`nobody is logged in at ${system}`, EXIT.notAllowed, hint);
  }
  if (flags.json) printJson({ system, logins: rows });
  else printTable(rows);
}
