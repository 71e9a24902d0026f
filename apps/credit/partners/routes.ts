import { createHash } from 'node:crypto';
import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { requestIdentity } from '../../../sdk/contracts/idempotency.ts';
import type { Call } from '../../../platform/http/call.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import type { IssueToken } from './issue-token.ts';

export interface PartnerFlows {
  issueToken: IssueToken;
}

export function partnerRoutes(plugin: Contract, { issueToken }: PartnerFlows) {
  const { createPartnerToken } = ENDPOINTS;
  return new Elysia({ name: 'partners' }).use(plugin).post(
    elysiaPath(createPartnerToken.path),
    async ({ call, body }) => {
      const authorization = call.request.headers.get('authorization');
      // Issuing twice has no further effect, so each request gets a new token under any key.
      return {
        ...(await issueToken(body, {
          authorization,
          requestHash: requestHashOf(call),
          from: call.clientAddress(),
        })),
      };
    },
    contract(createPartnerToken),
  );
}

/** Tells the request of an assertion from every other; null without a key. */
function requestHashOf(call: Call): string | null {
  const { idempotencyKey: key } = call;
  if (key === null) return null;
  return createHash('sha256')
    .update(`${key}\n${requestIdentity(call)}`)
    .digest('hex');
}
