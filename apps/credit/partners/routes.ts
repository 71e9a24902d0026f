import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
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
    async ({ call, body }) => ({
      // A token has no effect that a second one would repeat: it is made anew under any key.
      ...(await issueToken(body, call.request.headers.get('authorization'), call.clientAddress())),
    }),
    contract(createPartnerToken),
  );
}
