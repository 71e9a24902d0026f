import { isUuid } from '../../sdk/contracts/common.ts';
import { DAY_MS } from '../../sdk/contracts/time.ts';
import { traceIdOfRequest } from '../http/trace.ts';

/** The typed text: a UUID, a trace id (a UUID without its dashes), another request id, or an e-mail. */
export interface TypedId {
  text: string;
  /** The id as rows have it; null for a text that is no UUID. */
  uuid: string | null;
  traceId: string;
  email: string | null;
}

const HEX = /^[0-9a-f]{32}$/;

export function readTypedId(typed: string): TypedId {
  const text = typed.trim();
  const lower = text.toLowerCase();
  const email = text.includes('@') ? text : null;
  if (isUuid(lower)) return { text, uuid: lower, traceId: traceIdOfRequest(lower), email };
  if (HEX.test(lower)) return { text, uuid: dashed(lower), traceId: lower, email };
  return { text, uuid: null, traceId: traceIdOfRequest(text), email };
}

export function dashed(hex: string): string {
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

const FROM_MS = Date.UTC(2020, 0, 1);

/** When a UUIDv7 was made, in milliseconds; null for another id, or a time that cannot be. */
export function timeOfId(id: string | null, nowMs: number = Date.now()): number | null {
  const hex = (id ?? '').replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{12}7[0-9a-f]{3}[89ab]/.test(hex)) return null;
  const ms = Number.parseInt(hex.slice(0, 12), 16);
  return ms > FROM_MS && ms < nowMs + DAY_MS ? ms : null;
}
