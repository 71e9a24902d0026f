import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { requireCustomer } from '../../../platform/http/principal.ts';
import type { createExportCustomer } from './export-customer.ts';

export interface ExportFlows {
  exportCustomer: ReturnType<typeof createExportCustomer>;
}

export function exportRoutes(plugin: Contract, { exportCustomer }: ExportFlows) {
  const { exportCustomer: endpoint } = ENDPOINTS;
  return new Elysia({ name: 'export' }).use(plugin).get(
    elysiaPath(endpoint.path),
    async ({ call }) => {
      const { userId } = requireCustomer(call.principal);
      return exportCustomer({ userId, address: call.clientAddress() });
    },
    contract(endpoint),
  );
}
