import { Elysia } from 'elysia';
import type { HttpServiceOptions } from '../../platform/http/call.ts';
import { createHttpService, type HttpService } from '../../platform/http/service.ts';
import { auditRoutes } from './audit/routes.ts';
import { type CustomerFlows, customerRoutes } from './customers/routes.ts';
import { type DeadLetterFlows, deadLetterRoutes } from './dead-letters/routes.ts';
import { type DecisionFlows, decisionRoutes } from './decisions/routes.ts';
import { type InsightFlows, insightRoutes } from './insights/routes.ts';
import { type FlowFlows, flowRoutes } from './flow/routes.ts';
import { type ReportFlows, reportRoutes } from './reports/routes.ts';
import { type PartnerFlows, partnerRoutes } from './partners/routes.ts';
import { type PolicyFlows, policyRoutes } from './policies/routes.ts';
import { type StatusFlows, statusRoutes } from './status/routes.ts';
import { type SignInFlows, signInRoutes } from './sign-in/routes.ts';
import { type WebhookFlows, webhookRoutes } from './webhooks/routes.ts';

/** The endpoints of each room. */
export function createRoutes(
  options: HttpServiceOptions,
  flows: SignInFlows &
    PolicyFlows &
    PartnerFlows &
    DeadLetterFlows &
    CustomerFlows &
    DecisionFlows &
    StatusFlows &
    InsightFlows &
    FlowFlows &
    ReportFlows &
    WebhookFlows,
): HttpService {
  return createHttpService(options, (plugin) =>
    new Elysia({ name: 'back-office' })
      .use(signInRoutes(plugin, flows))
      .use(policyRoutes(plugin, flows))
      .use(partnerRoutes(plugin, flows))
      .use(deadLetterRoutes(plugin, flows))
      .use(customerRoutes(plugin, flows))
      .use(decisionRoutes(plugin, flows))
      .use(statusRoutes(plugin, flows))
      .use(flowRoutes(plugin, flows))
      .use(insightRoutes(plugin, flows))
      .use(reportRoutes(plugin, flows))
      .use(auditRoutes(plugin, flows))
      .use(webhookRoutes(plugin, flows)),
  );
}
