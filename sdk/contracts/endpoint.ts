import type { Static, TSchema } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { LIMITS } from './limits.ts';
import type { OperatorRole } from './operator-roles.ts';
import type { PartnerScope } from './partner-scopes.ts';
import type { ProblemCode } from './problems.ts';

/** An entry of the table of endpoints: gateway, services, documents and SDK are made of it. */
export interface Endpoint {
  method: EndpointMethod;
  /** With `{name}` for a parameter, as in OpenAPI. A path has one endpoint for each of its methods. */
  path: string;
  summary: string;
  tag: EndpointTag;
  auth: EndpointAuth;
  /** Of an operators' endpoint, and of no other: each of these roles opens it; `viewer` is every role. */
  roles?: readonly [OperatorRole, ...OperatorRole[]];
  /** The scope of a partner that opens it; without one no token of a partner does. */
  scope?: PartnerScope;
  /** Whether it takes the tokens of a customer who asked to be erased, which are void for all else. */
  takesVoidTokens?: true;
  /** The form of its errors: problem documents, or those of RFC 6749, 5.2. */
  errors?: 'oauth';
  /** The service that the gateway forwards to. */
  service: 'credit' | 'emotion-ingestion' | 'transaction-ingestion' | 'back-office' | 'privacy';
  /** Under overload the lowest is rejected first: see platform/resilience/admission.ts. */
  priority: 'low' | 'normal' | 'high';
  /** One for each parameter of the path. */
  params?: Readonly<Record<string, PathParameter>>;
  query?: TSchema;
  body?: EndpointBody;
  response: EndpointResponse;
  /** Problem codes beyond those of every endpoint and of its parameters. */
  problems: readonly ProblemCode[];
}

/**
 * All but POST may be sent again by their nature, and the second has the response of the first, a DELETE too;
 * a POST is by its `Idempotency-Key`.
 */
export type EndpointMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

type EndpointTag =
  | 'auth'
  | 'customers'
  | 'emotions'
  | 'transactions'
  | 'credit'
  | 'notifications'
  | 'webhooks'
  | 'operators';

/**
 * The credentials an endpoint accepts: `bearer` is a customer's token for the customer's own data;
 * `internal-or-bearer` also takes the platform's key (`X-Internal-Key`), which may write for every user;
 * `bearer-or-ticket` also takes a ticket of the customer in the query; `operator` is an operator's token, and
 * neither a customer's nor the platform's key; `partner` is a partner's token alone. An endpoint with a
 * `scope` takes a partner's token as well. Paths of operators begin with `/v1/operators/`, so that a proxy
 * can keep them from the outside.
 */
type EndpointAuth = 'none' | 'bearer' | 'bearer-or-ticket' | 'internal-or-bearer' | 'operator' | 'partner';

/**
 * A UUID, or a word of the `pattern`. One that is malformed, or of another customer where it names the owner,
 * gets `absent`.
 */
export interface PathParameter {
  isOwner: boolean;
  absent: ProblemCode;
  pattern?: string;
}

export interface EndpointBody {
  schema: TSchema;
  contentType: string;
  optional?: boolean;
  bytesMax: number;
}

interface EndpointResponse {
  status: number;
  schema: TSchema;
  description: string;
  example: object;
  /** Names headers beyond those of every response. */
  headers?: readonly 'Location'[];
  /** An example of the server-sent events that the endpoint can send instead. */
  eventStream?: string;
}

/** A parameter that names the customer: for everybody else the path does not exist. */
export const OWNER: PathParameter = { isOwner: true, absent: 'user_not_found' };

/** A parameter that names a thing; the service looks it up among those of the customer. */
export const idOf = (absent: ProblemCode): PathParameter => ({ isOwner: false, absent });

/** A parameter that names a thing by a word of this form. */
export const wordOf = (absent: ProblemCode, pattern: string): PathParameter => ({
  isOwner: false,
  absent,
  pattern,
});

/** Of an endpoint for operators that `back-office` serves. */
export const OF_BACK_OFFICE = {
  tag: 'operators',
  auth: 'operator',
  service: 'back-office',
  priority: 'normal',
} as const;

/** The `Allow` header of a path with these methods. */
export function allowOf(methods: readonly EndpointMethod[]): string {
  return [...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(
    ', ',
  );
}

/** Whether the body names its customer; any other body with a `userId` has an unknown property. */
export function hasOwnerInBody({ body }: Pick<Endpoint, 'body'>): boolean {
  const properties = body?.schema.properties as Record<string, TSchema> | undefined;
  return properties?.userId !== undefined;
}

export const json = <Schema extends TSchema>(schema: Schema, optional = false) => ({
  schema,
  contentType: 'application/json',
  optional,
  bytesMax: LIMITS.bodyBytesMax,
});

/** The body of an endpoint that has none: absent, or `{}`, which clients of JSON send. */
export const NO_BODY: EndpointBody = json(Type.Object({}, { additionalProperties: false }), true);

export const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Each parameter once, as texts. */
export const form = <Schema extends TSchema>(schema: Schema) => ({
  schema,
  contentType: FORM_TYPE,
  bytesMax: LIMITS.bodyBytesMax,
});

export const NDJSON_TYPE = 'application/x-ndjson';

/** Lines of JSON; the gateway takes an array of JSON as well. */
export const ndjson = <Schema extends TSchema>(schema: Schema) => ({
  schema,
  contentType: NDJSON_TYPE,
  bytesMax: LIMITS.batchBytesMax,
});

export const response = <Schema extends TSchema>(
  status: number,
  schema: Schema,
  description: string,
  example: Static<Schema> & object,
) => ({ status, schema, description, example });

/** The names of a path's parameters. */
type ParameterNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterNames<Rest>
  : never;

/** A path with parameters has each of them in `params`, and no other. */
type WithParameters<E extends Endpoint> = [ParameterNames<E['path']>] extends [never]
  ? { params?: undefined }
  : {
      params: Record<ParameterNames<E['path']>, PathParameter> &
        Partial<Record<Exclude<keyof E['params'], ParameterNames<E['path']>>, never>>;
    };

/** An operators' endpoint has its roles and a path of operators; any other has no roles. */
type WithRoles<E extends Endpoint> = E['auth'] extends 'operator'
  ? { roles: NonNullable<Endpoint['roles']>; path: `/v1/operators/${string}` }
  : { roles?: undefined };

/** A partners' endpoint has its scope; customers' own and anonymous ones have none. */
type WithScope<E extends Endpoint> = E['auth'] extends 'partner'
  ? { scope: PartnerScope }
  : E['auth'] extends 'internal-or-bearer' | 'operator'
    ? { scope?: PartnerScope }
    : { scope?: undefined };

/** Checks the entries of a domain, and gives them back with their exact types. */
export function defineEndpoints<const Table extends Record<string, Endpoint>>(
  table: Table & {
    [Name in keyof Table]: WithParameters<Table[Name]> & WithRoles<Table[Name]> & WithScope<Table[Name]>;
  },
): Table {
  return table;
}
