import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { FLOW_TYPES } from '../../../sdk/contracts/operator-flow.ts';
import type { FlowSampler } from '../../../platform/flow/flow-sampler.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { prefersEvents } from '../../../platform/http/event-stream.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { requireOperator } from '../../../platform/http/principal.ts';
import type { FlowFeed } from './follow-flow.ts';

export interface FlowFlows {
  flowSampler: FlowSampler;
  flowFeed: FlowFeed;
}

export function flowRoutes(plugin: Contract, { flowSampler, flowFeed }: FlowFlows) {
  const { getFlow } = ENDPOINTS;
  return new Elysia({ name: 'flow' }).use(plugin).get(
    elysiaPath(getFlow.path),
    async ({ call }) => {
      const operator = requireOperator(call.principal);
      const { signal } = call.request;
      if (prefersEvents(call.request, FLOW_TYPES)) return flowFeed.follow(operator, signal);
      return { ...(await flowSampler.read(signal)) };
    },
    contract(getFlow),
  );
}
