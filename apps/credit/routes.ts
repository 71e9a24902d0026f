import { createHttpService, type HttpService, type HttpServiceOptions } from '../../platform/http/service.ts';
import { type AccountFlows, serveAccounts } from './accounts/routes.ts';
import { type AnalysisFlows, serveAnalyses } from './analysis/routes.ts';
import { type NotificationFlows, serveNotifications } from './notifications/routes.ts';
import { type OfferFlows, serveOffers } from './offers/routes.ts';

type CreditFlows = AccountFlows & AnalysisFlows & OfferFlows & NotificationFlows;

/** The endpoints of each room. */
export function createRoutes(options: HttpServiceOptions, flows: CreditFlows): HttpService {
  const service = createHttpService(options);
  serveAccounts(service, flows);
  serveAnalyses(service, flows);
  serveOffers(service, flows);
  serveNotifications(service, flows);
  return service;
}
