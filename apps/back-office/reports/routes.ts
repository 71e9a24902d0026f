import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { readReports } from './read-reports.ts';

export interface ReportFlows {
  /** The folder of the reports; null where none are kept. */
  reportsDir: string | null;
}

export function reportRoutes(plugin: Contract, { reportsDir }: ReportFlows) {
  const { listReports } = ENDPOINTS;
  return new Elysia({ name: 'reports' })
    .use(plugin)
    .get(
      elysiaPath(listReports.path),
      async () => ({ ...(await readReports(reportsDir)) }),
      contract(listReports),
    );
}
