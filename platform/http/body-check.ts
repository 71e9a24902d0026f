import { type Endpoint, type EndpointBody, FORM_TYPE, NO_BODY } from '../../sdk/contracts/endpoint.ts';
import { faultsOfStructure } from '../../sdk/contracts/duplicate-keys.ts';
import type { ProblemDetail } from '../../sdk/contracts/problem.ts';
import type { Checked } from '../../sdk/contracts/validation.ts';
import { invalid, problem } from '../kernel/errors.ts';
import { createValidator } from '../kernel/validation.ts';
import { decodeText, type Incoming, type ParsedJson, parseJson, requireContentType } from './request.ts';
import type { BodyReader } from './request-body.ts';

/**
 * Reads the body of an endpoint's request; checks type, size, JSON, keys and schema, in this order. An
 * endpoint without a body refuses every property of one.
 */
export function createBodyCheck(
  endpoint: Endpoint,
  bodies: BodyReader,
): (request: Incoming) => Promise<{ text: string; body: unknown }> {
  const { body = NO_BODY } = endpoint;
  const parse = PARSERS[body.contentType];
  const check = parse && createValidator(body.schema).check;
  return async (request) => {
    if (!endpoint.body && request.body === null) return { text: '', body: undefined };
    const json = request instanceof Request ? null : request.json;
    // Parsed in this process, of an endpoint with this type.
    if (json && check) return { text: json.text, body: bodyOf(check, json) };
    const text = await readText(request, body, bodies);
    if (!parse || !check) return { text, body: undefined };
    const value = text !== '' ? parse(text) : body.optional ? {} : undefined;
    return { text, body: bodyOf(check, { text, value }, parse === parseJson) };
  };
}

/** Others are read by their handlers. */
const PARSERS: Record<string, ((text: string) => unknown) | undefined> = {
  'application/json': parseJson,
  [FORM_TYPE]: parseForm,
};

/** As RFC 6749 says: a parameter without a value counts as absent, and comes once. */
function parseForm(text: string): Record<string, string> {
  const parameters = new URLSearchParams(text);
  const names = [...parameters.keys()];
  if (new Set(names).size !== names.length) {
    throw problem('malformed_body', { detail: 'A parameter came more than once.' });
  }
  return Object.fromEntries([...parameters].filter(([, value]) => value !== ''));
}

async function readText(request: Incoming, body: EndpointBody, bodies: BodyReader): Promise<string> {
  const declaresBody = request.body !== null && request.headers.get('content-length') !== '0';
  if (declaresBody || !body.optional) requireContentType(request, body.contentType);
  const text = decodeText(await readBody(request, body.bytesMax, bodies));
  if (text === '' && !body.optional) throw problem('malformed_body', { detail: 'The body is empty.' });
  return text;
}

/** A request forwarded within this process is whole, and has its size. */
async function readBody(request: Incoming, bytesMax: number, bodies: BodyReader): Promise<Uint8Array> {
  return request instanceof Request ? bodies.read(request, bytesMax) : (request.body ?? new Uint8Array());
}

function bodyOf<T>(check: (value: unknown) => Checked<T>, { text, value }: ParsedJson, isJson = true): T {
  const faults = isJson ? faultsOfStructure(text, value) : [];
  const checked: Checked<T> = faults.length > 0 ? { ok: false, errors: faults } : check(value);
  if (checked.ok) return checked.value;
  throw invalid(
    checked.errors.map(({ path, message }): ProblemDetail => ({ path: `/body${path}`, message })),
  );
}
