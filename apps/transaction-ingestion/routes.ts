import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { createHttpApp, type Door, serve } from '../../platform/http.ts';
import type { ReceiveTransactions } from './receive-transactions.ts';

export function createRoutes(door: Door, receiveTransactions: ReceiveTransactions) {
  const app = createHttpApp(door.log);
  serve(app, door, ENDPOINTS.sendTransaction, receiveTransactions.one);
  serve(app, door, ENDPOINTS.sendTransactionBatch, receiveTransactions.batch);
  return app;
}
