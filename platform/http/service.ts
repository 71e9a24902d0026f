import { type AnyElysia, Elysia } from 'elysia';
import { type Contract, createContract, type HttpServiceOptions } from './contract.ts';
import { allowedMethods, APP_OPTIONS, elysiaPath, notFound, problems } from './http.ts';
import { problemResponse } from '../kernel/errors.ts';
import { type ForwardedRequest, forwardedAddressOf, requestIdOf } from './request.ts';
import { createBodyReader } from './request-body.ts';
import { GROUP, packResponses, unpackRequests } from './request-group.ts';

/** The endpoints of a service, for its listener and for the gateway of its process. */
export interface HttpService {
  handle(request: Request): Response | Promise<Response>;
  respond(request: ForwardedRequest): Response | Promise<Response>;
}

/** Serves the routes of a service, which are Elysia plugins that use the contract. */
export function createHttpService(
  options: HttpServiceOptions,
  createRoutes: (contract: Contract) => AnyElysia,
): HttpService {
  const bodies = createBodyReader({ addressOf: (request) => forwardedAddressOf(request, options.peers) });
  const { plugin, endpoints } = createContract(options, bodies);
  const routes = new Elysia(APP_OPTIONS).use(plugin).use(createRoutes(plugin));
  for (const endpoint of endpoints()) {
    routes.all(
      elysiaPath(endpoint.path),
      ({ request }) => allowedMethods(endpoint.method, requestIdOf(request)),
      { otherMethods: endpoint, parse: 'none' },
    );
  }
  // After the routes, whose own errors release their slots: Elysia calls the first handler of an error alone.
  const app = routes.use(problems(options.log));
  // Routes read no more of a request than a forwarded one has: see `call.request`.
  const respond = (request: ForwardedRequest) => app.handle(request as unknown as Request);

  const paths = new Set(
    endpoints()
      .map(({ path }) => path)
      .filter((path) => !path.includes('{')),
  );
  const respondToGroup = async (group: Request) => {
    const requests = unpackRequests(await bodies.read(group, GROUP.bytesMax));
    const responses = await Promise.all(
      requests.map(async ({ path, request }) =>
        paths.has(path) ? respond(request) : problemResponse(notFound(), requestIdOf(request)),
      ),
    );
    return new Response(await packResponses(responses));
  };
  app.post(GROUP.path, async ({ request }) => respondToGroup(request), { parse: 'none' });
  return { handle: (request) => app.handle(request), respond };
}
