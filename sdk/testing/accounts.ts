import { emailKey } from '../contracts/email.ts';
import type { Credentials } from '../contracts/auth.ts';
import { uuidv7 } from '../core/uuid.ts';
import type { Handlers } from './request-handler.ts';
import { once } from './idempotency.ts';
import { problem } from './problems.ts';
import { type FakeState, type FakeUser, isoTime } from './state.ts';

const TOKEN_SECONDS = 60 * 60;

export function createAccounts(state: FakeState): Pick<Handlers, 'register' | 'login'> {
  return {
    register: (call) =>
      once(state, call, 200, () => {
        const { email, password } = call.body as Credentials;
        const { password: _, ...user } = addUser(state, email, password);
        return user;
      }),

    login: (call) =>
      once(
        state,
        call,
        200,
        () => {
          const { email, password } = call.body as Credentials;
          const user = findUser(state, email);
          if (user?.password !== password) {
            throw problem('invalid_credentials');
          }
          return {
            access_token: issueToken(state, user.id),
            token_type: 'bearer',
            expires_in: TOKEN_SECONDS,
          };
        },
        { isByBody: true },
      ),
  };
}

export function addUser(state: FakeState, email: string, password: string): FakeUser {
  if (findUser(state, email)) throw problem('email_taken');
  const now = isoTime(state.now());
  const user = { id: uuidv7(), email, password, created_at: now, updated_at: now };
  state.users.set(user.id, user);
  return user;
}

function findUser(state: FakeState, email: string): FakeUser | undefined {
  return [...state.users.values()].find((user) => emailKey(user.email) === emailKey(email));
}

/**
 * Returns a token in the form of the API's, with a random text for its signature: only this fake knows it.
 */
export function issueToken(state: FakeState, userId: string): string {
  const issuedAt = Math.floor(state.now() / 1000);
  const claims = { sub: userId, iat: issuedAt, exp: issuedAt + TOKEN_SECONDS };
  const encode = (value: object) =>
    btoa(JSON.stringify(value)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const token = `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.${uuidv7()}`;
  state.tokens.set(token, { userId, expiresAt: state.now() + TOKEN_SECONDS * 1000 });
  return token;
}
