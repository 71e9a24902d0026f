import { Elysia } from 'elysia';
import { emailKey } from '../../../sdk/contracts/email.ts';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { requireCustomer } from '../../../platform/http/principal.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import type { createEraseAccount } from './erase-account.ts';
import { selectCustomer, selectEmotionSummary } from './account-store.ts';
import type { LoginLimits } from '../../../platform/sign-in/login-limits.ts';
import type { SignIn } from './sign-in.ts';

export interface AccountFlows {
  signIn: SignIn;
  eraseAccount: ReturnType<typeof createEraseAccount>;
  loginLimits: LoginLimits;
  idempotency: Idempotency;
  database: Database;
  /** For customers without a jurisdiction; null leaves them `unknown`. */
  defaultJurisdiction: string | null;
}

export function accountRoutes(plugin: Contract, flows: AccountFlows) {
  const { signIn, eraseAccount, loginLimits, idempotency, database, defaultJurisdiction } = flows;
  const { register, login, getCustomer, eraseCustomer, emotionSummary } = ENDPOINTS;
  return new Elysia({ name: 'accounts' })
    .use(plugin)
    .post(
      elysiaPath(register.path),
      async ({ call, body }) => {
        const from = call.clientAddress();
        const work = () =>
          idempotency.once(call, 200, async () => ({ ...(await signIn.register(body, from)) }));
        // A used key reveals whether the password is the same, so the attempt counts like a login.
        return call.idempotencyKey === null ? work() : loginLimits.attempt(emailKey(body.email), from, work);
      },
      contract(register),
    )
    .post(
      elysiaPath(login.path),
      async ({ call, body }) => {
        const from = call.clientAddress();
        return loginLimits.attempt(emailKey(body.email), from, () =>
          idempotency.once(call, 200, () => signIn.logIn(body, from), { isByBody: true }),
        );
      },
      contract(login),
    )
    .get(
      elysiaPath(getCustomer.path),
      async ({ call }) => {
        const { userId } = requireCustomer(call.principal);
        return requireComplete(await selectCustomer(database, { userId, defaultJurisdiction }));
      },
      contract(getCustomer),
    )
    .delete(
      elysiaPath(eraseCustomer.path),
      async ({ call, body }) => ({
        ...(await eraseAccount(requireCustomer(call.principal).userId, body, call.clientAddress())),
      }),
      contract(eraseCustomer),
    )
    .get(
      elysiaPath(emotionSummary.path),
      async ({ call, query: { days = 30 } }) => {
        const { userId } = requireCustomer(call.principal);
        return { user_id: userId, days, items: await selectEmotionSummary(database, userId, days) };
      },
      contract(emotionSummary),
    );
}

/** Throws AppError 404 without the customer, and 503 while no policy bounds the customer's limits. */
function requireComplete(customer: Awaited<ReturnType<typeof selectCustomer>>) {
  if (!customer) throw problem('user_not_found');
  if (customer.exposure_max === null) throw problem('policy_unavailable');
  return { ...customer };
}
