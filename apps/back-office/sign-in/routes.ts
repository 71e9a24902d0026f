import { Elysia } from 'elysia';
import type { OperatorSignIn } from '../../../sdk/contracts/operator.ts';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { requireOperator } from '../../../platform/http/principal.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import type { LoginLimits } from '../../../platform/sign-in/login-limits.ts';
import type { LogInOperator } from './sign-in.ts';

export interface SignInFlows {
  logIn: LogInOperator;
  loginLimits: LoginLimits;
  idempotency: Idempotency;
  provider: OperatorSignIn;
}

export function signInRoutes(plugin: Contract, flows: SignInFlows) {
  const { logIn, loginLimits, idempotency, provider } = flows;
  const { logInOperator, getOperatorSignIn, getOperator } = ENDPOINTS;
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
    .get(elysiaPath(getOperatorSignIn.path), async () => ({ ...provider }), contract(getOperatorSignIn))
    .get(
      elysiaPath(getOperator.path),
      async ({ call }) => {
        const { name, roles, tokenExpiresAtMs } = requireOperator(call.principal);
        return { name, roles, token_expires_at: new Date(tokenExpiresAtMs).toISOString() };
      },
      contract(getOperator),
    );
}
