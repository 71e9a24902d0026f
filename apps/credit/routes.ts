import { Elysia } from 'elysia';
import type { HttpServiceOptions } from '../../platform/http/call.ts';
import { createHttpService, type HttpService } from '../../platform/http/service.ts';
import { type AccountFlows, accountRoutes } from './accounts/routes.ts';
import { type AnalysisFlows, analysisRoutes } from './analysis/routes.ts';
import { consentRoutes } from './consents/routes.ts';
import { type NotificationFlows, notificationRoutes } from './notifications/routes.ts';
import { type OfferFlows, offerRoutes, operatorOfferRoutes } from './offers/routes.ts';
import { type PartnerFlows, partnerRoutes } from './partners/routes.ts';
import { type ReviewFlows, reviewRoutes } from './reviews/routes.ts';

type CreditFlows = AccountFlows &
  AnalysisFlows &
  OfferFlows &
  ReviewFlows &
  PartnerFlows &
  Omit<NotificationFlows, 'tokens'>;

/** The endpoints of each room. */
export function createRoutes(options: HttpServiceOptions, flows: CreditFlows): HttpService {
  return createHttpService(options, (plugin) =>
    new Elysia({ name: 'credit' })
      .use(accountRoutes(plugin, flows))
      .use(consentRoutes(plugin, flows))
      .use(analysisRoutes(plugin, flows))
      .use(offerRoutes(plugin, flows))
      .use(operatorOfferRoutes(plugin, flows))
      .use(reviewRoutes(plugin, flows))
      .use(partnerRoutes(plugin, flows))
      .use(notificationRoutes(plugin, { ...flows, tokens: options.keys.tokens })),
  );
}
