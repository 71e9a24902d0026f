import { type AnyElysia, Elysia } from 'elysia';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import type { HttpServiceOptions } from './call.ts';
import { type Contract, createContract } from './contract.ts';
import { createResponder } from './endpoint-hooks.ts';
import { allowedMethods, APP_OPTIONS, elysiaPath, notFound, problems } from './http.ts';
import { problemResponse } from '../kernel/errors.ts';
import { type ForwardedRequest, forwardedAddressOf, requestIdOf } from './request.ts';
import { createBodyReader } from './request-body.ts';
import { GROUP, packResponses, unpackRequests } from './request-group.ts';

/** The endpoints of a service, for its listener and for the gateway of its process. */
export interface HttpService {
  handle(request: Request): Response | Promise<Response>;
  /** Responds to an endpoint of the contract's table; the gateway has matched the path. */
  respond(endpoint: Endpoint, request: ForwardedRequest, params: Record<string, string>): Promise<Response>;
}

/** Serves the routes of a service, which are Elysia plugins that use the contract. */
export function createHttpService(
  options: HttpServiceOptions,
  createRoutes: (contract: Contract) => AnyElysia,
): HttpService {
  const bodies = createBodyReader({ addressOf: (request) => forwardedAddressOf(request, options.peers) });
  const { plugin, hooksOf, methodsOf } = createContract(options, bodies);
  const routes = new Elysia(APP_OPTIONS).use(plugin).use(createRoutes(plugin));
  const responders = new Map<Endpoint, ReturnType<typeof createResponder>>();
  /** Those of which the gateway sends many in one request. */
  const groupable = new Map<string, Endpoint>();
  for (const [endpoint, hooks] of hooksOf) {
    const path = elysiaPath(endpoint.path);
    const route = routes.routes.find((added) => added.path === path && added.method === endpoint.method);
    if (route) responders.set(endpoint, createResponder(hooks, route.handler));
    // A path with parameters has none in a group, and its owner would be unknown.
    if (endpoint.method === 'POST' && !path.includes(':')) groupable.set(path, endpoint);
    const [first] = methodsOf(endpoint.path);
    if (endpoint.method !== first) continue;
    routes.all(path, ({ request }) => allowedMethods(methodsOf(endpoint.path), requestIdOf(request)), {
      otherMethods: endpoint,
      parse: 'none',
    });
  }
  // After the routes, whose own errors release their slots: Elysia calls the first handler of an error alone.
  const app = routes.use(problems(options.log));

  const respond: HttpService['respond'] = async (endpoint, request, params) => {
    const responder = responders.get(endpoint);
    return responder ? responder(request, params) : problemResponse(notFound(), requestIdOf(request));
  };
  const respondToGroup = async (group: Request) => {
    const requests = unpackRequests(await bodies.read(group, GROUP.bytesMax));
    const responses = await Promise.all(
      requests.map(async ({ path, request }) => {
        const endpoint = groupable.get(path);
        return endpoint ? respond(endpoint, request, {}) : problemResponse(notFound(), request.requestId);
      }),
    );
    return new Response(await packResponses(responses));
  };
  app.post(GROUP.path, async ({ request }) => respondToGroup(request), { parse: 'none' });
  return { handle: (request) => app.handle(request), respond };
}
