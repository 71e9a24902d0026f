import { createValidator } from '../../platform/kernel/validation.ts';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { ENDPOINT_LIST } from '../../sdk/contracts/endpoints.ts';

/**
 * Checks every call of `fetch` to a whole system: a JSON response of success must be that of the API's
 * document. A field that no schema has would be data that nobody decided to give away.
 */
export function checkResponsesOf(origin: string): void {
  if (origins.size === 0)
    globalThis.fetch = Object.assign(fetchChecked, { preconnect: unchecked.preconnect });
  origins.add(origin);
}

const unchecked = globalThis.fetch;
const origins = new Set<string>();

async function fetchChecked(...call: Parameters<typeof fetch>): Promise<Response> {
  const response = await unchecked(...call);
  const { origin, pathname } = new URL(response.url);
  const isWhole = !response.headers.has('content-disposition');
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  if (!origins.has(origin) || !isJson || !isWhole) return response;
  const [input, init] = call;
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const checks = CHECKS.filter((check) => check.method === method && check.path.test(pathname));
  // A path without a parameter in it comes before one that has one in its place.
  const check = checks.find(({ isLiteral }) => isLiteral) ?? checks[0];
  if (response.status !== check?.status) return response;
  const checked = check.validator.check(await response.clone().json());
  if (checked.ok) return response;
  const faults = checked.errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new Error(`${method} ${pathname} has a response that its schema has not: ${faults}`);
}

const CHECKS = ENDPOINT_LIST.map(([, { method, path, response }]: readonly [string, Endpoint]) => ({
  method,
  path: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
  isLiteral: !path.includes('{'),
  status: response.status,
  validator: createValidator(response.schema),
}));
