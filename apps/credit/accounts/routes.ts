import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { requireCustomer } from '../../../platform/http/principal.ts';
import { type HttpService, serve } from '../../../platform/http/service.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import { selectCustomer, selectEmotionSummary } from './account-store.ts';
import type { LoginLimits } from './login-limits.ts';
import type { SignIn } from './sign-in.ts';

export interface AccountFlows {
  signIn: SignIn;
  loginLimits: LoginLimits;
  idempotency: Idempotency;
  database: Database;
  /** Of customers that nobody gave one; null: they are `unknown`. */
  defaultJurisdiction: string | null;
}

export function serveAccounts(service: HttpService, flows: AccountFlows): void {
  const { signIn, loginLimits, idempotency, database } = flows;

  serve(service, ENDPOINTS.register, (call) => {
    const from = call.clientAddress();
    const register = () =>
      idempotency.once(call, 200, async () => ({ ...(await signIn.register(call.body, from)) }));
    // A key that was used before reveals whether the password is the same: it is a guess like a login.
    return call.idempotencyKey === null ? register() : loginLimits.attempt(call.body.email, from, register);
  });
  serve(service, ENDPOINTS.login, (call) => {
    const from = call.clientAddress();
    return loginLimits.attempt(call.body.email, from, () =>
      idempotency.once(call, 200, () => signIn.logIn(call.body, from), { isByBody: true }),
    );
  });

  serve(service, ENDPOINTS.getCustomer, async (call) => {
    const { userId } = requireCustomer(call.principal);
    const customer = await selectCustomer(database, {
      userId,
      defaultJurisdiction: flows.defaultJurisdiction,
    });
    if (!customer) throw problem('user_not_found');
    if (customer.exposure_max === null) throw problem('policy_unavailable');
    return { ...customer };
  });

  serve(service, ENDPOINTS.emotionSummary, async (call) => {
    const { days = 30 } = call.query;
    const userId = requireCustomer(call.principal).userId;
    return { user_id: userId, days, items: await selectEmotionSummary(database, userId, days) };
  });
}
