import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { readStatus } from './read-status.ts';

export interface StatusFlows {
  /** The private addresses of all processes. */
  opsUrls: string[];
}

export function statusRoutes(plugin: Contract, { opsUrls }: StatusFlows) {
  const { getSystemStatus } = ENDPOINTS;
  return new Elysia({ name: 'status' })
    .use(plugin)
    .get(
      elysiaPath(getSystemStatus.path),
      async () => ({ ...(await readStatus(opsUrls)) }),
      contract(getSystemStatus),
    );
}
