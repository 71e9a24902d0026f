import { steps } from '../../deploy/local/command-line.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { type Context, resolveContext } from '../config/context.ts';
import { saveOperatorLogin } from '../config/operator-session.ts';
import { type PasswordFlags, readPassword } from '../config/password.ts';
import { interruptSignal, type SystemFlags } from '../config/session.ts';
import { CliError, EXIT, print, printJson, talk } from '../ui/output.ts';
import { readSmall } from '../ui/read-small.ts';

type LoginFlags = SystemFlags & PasswordFlags & { oidc?: boolean; tokenStdin?: boolean };

/** Logs an operator in, by one of three ways, and keeps the token for the commands that follow. */
export async function logIn(name: string | undefined, flags: LoginFlags): Promise<void> {
  const ways = [name, flags.oidc, flags.tokenStdin].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new CliError(
      ways.length === 0 ? 'who logs in?' : 'these are two ways to log in',
      EXIT.usage,
      steps('ecs operators login NAME', 'ecs operators login --oidc', 'ecs operators login --token-stdin'),
    );
  }
  const context = resolveContext(flags);
  const token = await tokenOf(context, name, flags);
  const me = await new EcsOperatorClient({ baseUrl: context.url, token }).auth.me();
  const expiresAt = me.token_expires_at;
  saveOperatorLogin(context, { name: me.name, token, expiresAt });
  if (flags.json) printJson({ name: me.name, roles: me.roles, expiresAt });
  else {
    print(`logged in as the operator ${me.name}: ${me.roles.join(', ')}`);
    talk(`until ${expiresAt}`);
  }
}

async function tokenOf(context: Context, name: string | undefined, flags: LoginFlags): Promise<string> {
  if (flags.tokenStdin) return (await readSmall('-')).trim();
  const { auth } = new EcsOperatorClient({ baseUrl: context.url });
  if (name !== undefined) {
    const password = await readPassword(flags, `Password of the operator ${name}`);
    return (await auth.login({ name, password })).access_token;
  }
  // Loaded for this login alone: no other command needs a client of OpenID Connect.
  const { logInByDevice } = await import('./device-login.ts');
  return logInByDevice(
    await auth.provider(),
    ({ url, code }) => talk(`open ${url}\nand compare the code ${code}`),
    interruptSignal(),
  );
}
