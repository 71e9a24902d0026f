import type { Params, Url } from './request-spec.ts';
import { createSlipCheck } from './slips.ts';

/** A request of `http.batch()`, in each of its forms. */
export type BatchEntry =
  | Url
  | [method: string, url: Url, body?: unknown, params?: Params]
  | { method?: string; url: Url; body?: unknown; params?: Params };

const slipInFields = createSlipCheck('a request of a batch', ['method', 'url', 'body', 'params']);

/** Returns the refusal of an entry with a slip; the other faults are errors of the script. */
export const slipInEntry = (entry: BatchEntry): string | undefined =>
  typeof entry !== 'object' || entry === null || Array.isArray(entry) || 'name' in entry
    ? undefined
    : slipInFields(entry);

export function readBatchEntry(entry: BatchEntry): [string, Url, unknown, Params | undefined] {
  if (typeof entry !== 'string' && (typeof entry !== 'object' || entry === null))
    throw new TypeError(`http.batch(): ${String(entry)} is neither an address nor a request`);
  if (typeof entry === 'string' || 'name' in entry) return ['GET', entry, null, undefined];
  const [method, url, body, params] = Array.isArray(entry)
    ? entry
    : [entry.method ?? 'GET', entry.url, entry.body, entry.params];
  // As in k6: unlike a request alone, one of a batch has no body with these methods.
  return [method, url, /^(get|head)$/i.test(method) ? null : body, params ?? undefined];
}
