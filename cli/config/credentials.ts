import { emailKey } from '../../sdk/contracts/email.ts';
import { join } from 'node:path';
import { CliError, EXIT } from '../ui/output.ts';
import { readLogins, writeLogins } from './login-file.ts';

/** A login that is kept. `system` is the remote system's URL, or `local` for the one on the data folder. */
interface Credential {
  system: string;
  email: string;
  userId: string;
  token: string;
  expiresAt: string;
}

/** The last login first. */
export function loadCredentials(home: string): Credential[] {
  return readLogins<Credential>(fileOf(home));
}

const fileOf = (home: string) => join(home, 'credentials.json');

/** Keeps a login as the default one, for the owner's eyes only. */
export function saveCredential(home: string, credential: Credential): void {
  const otherCredentials = loadCredentials(home).filter(
    (login) => login.system !== credential.system || login.email !== credential.email,
  );
  writeLogins(fileOf(home), [credential, ...otherCredentials]);
}

/** Forgets the logins of a system, or the one of an e-mail; returns the e-mails. */
export function forgetCredentials(
  home: string,
  { system, email }: { system: string; email?: string | undefined },
): string[] {
  const logins = loadCredentials(home);
  const key = email === undefined ? undefined : emailKey(email);
  const isMeant = (login: Credential) =>
    login.system === system && (key === undefined || emailKey(login.email) === key);
  const forgotten = logins.filter(isMeant);
  if (forgotten.length === 0) return [];
  writeLogins(
    fileOf(home),
    logins.filter((login) => !isMeant(login)),
  );
  return forgotten.map((login) => login.email);
}

/**
 * The login to act with: of this e-mail, else the last one. A token is only ever sent to the system that gave
 * it. Throws a CliError that says how to log in.
 */
export function pickCredential(
  home: string,
  wanted: { system: string; email?: string | undefined },
  now: Date = new Date(),
): Credential {
  const here = loadCredentials(home).filter((login) => login.system === wanted.system);
  const email = wanted.email === undefined ? undefined : emailKey(wanted.email);
  const login = email ? here.find((login) => emailKey(login.email) === email) : here[0];
  if (!login) {
    const who = wanted.email ?? 'nobody';
    const problem = wanted.email ? `${who} is not logged in` : 'nobody is logged in';
    throw new CliError(problem, EXIT.notAllowed, `ecs login ${wanted.email ?? 'EMAIL'}`);
  }
  if (Date.parse(login.expiresAt) <= now.getTime()) {
    throw new CliError(
      `the login of ${login.email} has expired`,
      EXIT.notAllowed,
      `ecs login ${login.email}`,
    );
  }
  return login;
}
