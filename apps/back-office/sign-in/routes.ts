import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { requireOperator } from '../../../platform/http/principal.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import type { LoginLimits } from '../../../platform/sign-in/login-limits.ts';
import type { OperatorSignIn } from './sign-in.ts';

export interface SignInFlows {
  logIn: OperatorSignIn;
  loginLimits: LoginLimits;
  idempotency: Idempotency;
}

export function signInRoutes(plugin: Contract, { logIn, loginLimits, idempotency }: SignInFlows) {
  const { logInOperator, getOperator } = ENDPOINTS;
  return new Elysia({ name: 'sign-in' })
    .use(plugin)
    .post(
      elysiaPath(logInOperator.path),
      async ({ call, body }) => {
        const from = call.clientAddress();
        return loginLimits.attempt(body.name.toLowerCase(), from, () =>
          idempotency.once(call, 200, () => logIn(body, from), { isByBody: true }),
        );
      },
      contract(logInOperator),
    )
    .get(
      elysiaPath(getOperator.path),
      async ({ call }) => {
        const { name, roles, tokenExpiresAtMs } = requireOperator(call.principal);
        return { name, roles, token_expires_at: new Date(tokenExpiresAtMs).toISOString() };
      },
      contract(getOperator),
    );
}
