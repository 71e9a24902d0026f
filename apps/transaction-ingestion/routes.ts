import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { createService, type Door, serve, type Service } from '../../platform/http/service.ts';
import type { ReceiveTransactions } from './receive-transactions.ts';

export function createRoutes(door: Door, receiveTransactions: ReceiveTransactions): Service {
  const service = createService(door);
  serve(service, ENDPOINTS.sendTransaction, receiveTransactions.one);
  serve(service, ENDPOINTS.sendTransactionBatch, receiveTransactions.batch);
  return service;
}
