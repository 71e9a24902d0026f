import { createHash } from 'node:crypto';
import type { AccessToken, Credentials, LoginRequest, User } from '../../sdk/contracts/auth.ts';
import { AppError } from '../../platform/errors.ts';
import type { Quota } from '../../platform/quota.ts';
import type { Database } from '../../platform/sql.ts';
import type { Tokens } from '../../platform/token.ts';
import type { Passwords } from './passwords.ts';
import { insertUser, selectCredentials } from './user-store.ts';

/** Wrong passwords an e-mail address may try: so many at once, then one a second. */
export const FAILURES = { burst: 50, perSecond: 1 };

/**
 * Registration and login. A login tells nobody whether an e-mail is known: neither by its answer nor by its
 * time.
 */
export function createSignIn(deps: {
  database: Database;
  passwords: Passwords;
  tokens: Tokens;
  failures: Quota;
}) {
  const { database, passwords, tokens, failures } = deps;

  return {
    async register({ email, password }: Credentials): Promise<User> {
      const passwordHash = await passwords.hash(password);
      const user = await insertUser(database, { id: Bun.randomUUIDv7(), email, passwordHash });
      if (!user) throw new AppError(409, 'email_taken', 'This e-mail is already registered.');
      return user;
    },

    async logIn({ email, password }: LoginRequest): Promise<AccessToken> {
      const account = accountOf(email);
      const waitSeconds = failures.secondsUntilFree(account);
      if (waitSeconds > 0) {
        throw new AppError(429, 'too_many_attempts', 'Too many failed logins for this e-mail.', {
          retryAfterSeconds: waitSeconds,
        });
      }
      const credentials = await selectCredentials(database, email);
      const matches = await passwords.verify(password, credentials?.passwordHash ?? null);
      if (!credentials || !matches) {
        failures.take(account);
        throw new AppError(401, 'invalid_credentials', 'The e-mail or the password is wrong.');
      }
      const { token, expiresInSeconds } = await tokens.sign(credentials.id);
      return { access_token: token, token_type: 'bearer', expires_in: expiresInSeconds };
    },
  };
}

/** An address as others may see it: what counts attempts needs no names. */
function accountOf(email: string): string {
  return createHash('sha256').update(email.toLowerCase()).digest('base64url');
}

export type SignIn = ReturnType<typeof createSignIn>;
