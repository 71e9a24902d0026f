import type { AccessToken, LoginRequest, Registration, User } from '../../../sdk/contracts/auth.ts';
import type { ClientAddress } from '../../../platform/http/client-address.ts';
import { AppError, problem } from '../../../platform/kernel/errors.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { Tokens } from '../../../platform/http/token.ts';
import { type Quota, requireQuota } from '../../../platform/resilience/quota.ts';
import type { Passwords } from '../../../platform/sign-in/passwords.ts';
import { insertUser, selectCredentials } from './account-store.ts';

/**
 * Registration and login. A login does not reveal whether an e-mail is registered: neither by its response
 * nor by its time. Guesses are bounded around this and around stored responses, see login-limits.ts.
 */
export function createSignIn(deps: {
  database: Database;
  passwords: Passwords;
  tokens: Tokens;
  /** Registrations by address, and those that tell an e-mail as taken. */
  registrations: Quota;
}) {
  const { database, passwords, tokens, registrations } = deps;

  const store = async (registration: Registration, from: ClientAddress): Promise<User> => {
    const { email, password, jurisdiction, locale } = registration;
    const passwordHash = await passwords.hash(password, from);
    const id = Bun.randomUUIDv7();
    const user = await insertUser(database, { id, email, passwordHash, jurisdiction, locale });
    if (!user) throw problem('email_taken');
    return user;
  };

  return {
    async register(registration: Registration, from: ClientAddress): Promise<User> {
      requireQuota(registrations, from, 'Too many registrations from this address.');
      try {
        return await store(registration, from);
      } catch (error) {
        const isTaken = error instanceof AppError && error.code === 'email_taken';
        if (!isTaken) registrations.giveBack(from);
        throw error;
      }
    },

    async logIn({ email, password }: LoginRequest, from: ClientAddress): Promise<AccessToken> {
      const credentials = await selectCredentials(database, email);
      const matches = await passwords.verify(password, credentials?.passwordHash ?? null, from);
      if (!credentials || !matches) {
        throw problem('invalid_credentials');
      }
      const { token, expiresInSeconds } = await tokens.sign(credentials.id);
      return { access_token: token, token_type: 'bearer', expires_in: expiresInSeconds };
    },
  };
}

export type SignIn = ReturnType<typeof createSignIn>;
