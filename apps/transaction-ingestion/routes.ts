import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import type { HttpServiceOptions } from '../../platform/http/call.ts';
import { contract } from '../../platform/http/contract.ts';
import { elysiaPath } from '../../platform/http/http.ts';
import { createHttpService, type HttpService } from '../../platform/http/service.ts';
import type { ReceiveTransactions } from './receive-transactions.ts';

const { sendTransaction, sendTransactionBatch } = ENDPOINTS;

export function createRoutes(options: HttpServiceOptions, receive: ReceiveTransactions): HttpService {
  return createHttpService(options, (plugin) =>
    new Elysia({ name: 'transaction-ingestion' })
      .use(plugin)
      .post(
        elysiaPath(sendTransaction.path),
        async ({ call, body }) => receive.single({ ...call, body }),
        contract(sendTransaction),
      )
      .post(
        elysiaPath(sendTransactionBatch.path),
        async ({ call }) => receive.batch(call),
        contract(sendTransactionBatch),
      ),
  );
}
