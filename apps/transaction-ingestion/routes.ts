import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import {
  createHttpService,
  type HttpServiceOptions,
  serve,
  type HttpService,
} from '../../platform/http/service.ts';
import type { ReceiveTransactions } from './receive-transactions.ts';

export function createRoutes(
  options: HttpServiceOptions,
  receiveTransactions: ReceiveTransactions,
): HttpService {
  const service = createHttpService(options);
  serve(service, ENDPOINTS.sendTransaction, receiveTransactions.single);
  serve(service, ENDPOINTS.sendTransactionBatch, receiveTransactions.batch);
  return service;
}
