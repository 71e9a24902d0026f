import { emailKey } from '../contracts/email.ts';
import type { LoginRequest, Registration } from '../contracts/auth.ts';
import type { Customer } from '../contracts/customer.ts';
import { uuidv7 } from '../core/uuid.ts';
import type { Handlers } from './request-handler.ts';
import { consentsOf } from './consents.ts';
import { EXPOSURE_MAX, exposureOf } from './credit.ts';
import { userIdOf } from './principal.ts';
import { once } from './idempotency.ts';
import { problem } from './problems.ts';
import { type FakeState, type FakeUser, isoTime } from './state.ts';

const TOKEN_SECONDS = 60 * 60;

export function createAccounts(state: FakeState): Pick<Handlers, 'register' | 'login' | 'getCustomer'> {
  return {
    register: (call) =>
      once(state, call, 200, () => {
        const { password: _, ...user } = addUser(state, call.body as Registration);
        return user;
      }),

    getCustomer: ({ principal }): Customer => {
      const user = state.users.get(userIdOf(principal));
      if (!user) throw problem('user_not_found');
      const { password: _, updated_at: __, ...customer } = user;
      const exposure = exposureOf(state, user.id);
      return { ...customer, consents: consentsOf(state, user.id), exposure, exposure_max: EXPOSURE_MAX };
    },

    login: (call) =>
      once(
        state,
        call,
        200,
        () => {
          const { email, password } = call.body as LoginRequest;
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

export function addUser(state: FakeState, registration: Registration): FakeUser {
  const { email, password, jurisdiction = null, locale = 'en' } = registration;
  if (findUser(state, email)) throw problem('email_taken');
  const now = isoTime(state.now());
  const user = { id: uuidv7(), email, password, jurisdiction, locale, created_at: now, updated_at: now };
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
