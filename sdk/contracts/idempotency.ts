import type { Endpoint } from './endpoint.ts';

/** Returns one text for every spelling of a request: ids in capitals or percent-encoded are the same ids. */
export function requestIdentity(call: {
  endpoint: Pick<Endpoint, 'method' | 'path'>;
  /** Decoded. */
  params: Record<string, string>;
  /** The body, as it came. */
  text: string;
}): string {
  const { method, path } = call.endpoint;
  const samePath = path.replace(/\{(\w+)\}/g, (_, name: string) => (call.params[name] ?? '').toLowerCase());
  return `${method} ${samePath}\n${call.text}`;
}
