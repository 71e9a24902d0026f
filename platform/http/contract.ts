import type { Static, TSchema } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Endpoint, EndpointMethod } from '../../sdk/contracts/endpoint.ts';
import type { Call, EndpointContext, HttpServiceOptions } from './call.ts';
import { createHooks, type Hooks } from './endpoint-hooks.ts';
import type { BodyReader } from './request-body.ts';

export type Contract = ReturnType<typeof createContract>['plugin'];

/**
 * The Elysia plugin of every service. A route with `contract(ENDPOINT)` gets the checks of the contract in
 * their order, a slot, metrics, and responses for results and errors; its handler gets `call`.
 */
export function createContract(options: HttpServiceOptions, bodies: BodyReader) {
  const hooksOf = new Map<Endpoint, Hooks>();
  const methodsOf = (path: string): EndpointMethod[] =>
    [...hooksOf.keys()].filter((endpoint) => endpoint.path === path).map(({ method }) => method);
  const service: EndpointContext = { ...options, bodies, methodsOf };
  const plugin = new Elysia({ name: 'contract' }).macro({
    endpoint: (endpoint: Endpoint) => {
      const hooks = hooksOf.get(endpoint) ?? createHooks(endpoint, service);
      hooksOf.set(endpoint, hooks);
      return hooks as unknown as { resolve(): Promise<{ call: Call }> };
    },
    /** The credentials are checked before the method; OPTIONS needs neither. */
    otherMethods: (endpoint: Endpoint): object => {
      const { transform, resolve, error } = hooksOf.get(endpoint) ?? createHooks(endpoint, service);
      return { transform, resolve, error };
    },
  });
  return { plugin, hooksOf, methodsOf };
}

type BodyOf<E extends Endpoint> = E extends { body: { schema: infer S extends TSchema } }
  ? Static<S>
  : undefined;
type QueryOf<E extends Endpoint> = E extends { query: infer S extends TSchema }
  ? Static<S>
  : Record<string, never>;

/** A type in the form that Elysia takes a handler's types from: https://standardschema.dev */
interface Typed<Output> {
  readonly '~standard': { readonly types?: { readonly input: Output; readonly output: Output } };
}

/** The options of an endpoint's route, with the types of its handler's `query` and `body`. */
interface RouteContract<E extends Endpoint> {
  endpoint: E;
  parse: 'none';
  query: Typed<QueryOf<E>>;
  body: Typed<BodyOf<E>>;
}

/**
 * The schemas are there for the types alone: Elysia reads a body, and checks query and body, before a hook of
 * the route can check its principal. The macro checks them after it.
 */
export function contract<const E extends Endpoint>(endpoint: E): RouteContract<E> {
  return { endpoint, parse: 'none' } as RouteContract<E>;
}
