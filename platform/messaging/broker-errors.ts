import { NatsError } from 'nats';

/** Returns the result of `ask`; null when the broker has no such stream, consumer or message. */
export async function orNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NatsError && error.code === '404') return null;
    throw error;
  }
}

/** The broker's own number of an error; 0 for any other error. */
export function apiCodeOf(error: unknown): number {
  return (error instanceof NatsError && error.jsError()?.err_code) || 0;
}

/** The code of an error of the client or the broker; null for any other error. */
export function brokerErrorCode(error: unknown): string | null {
  return error instanceof NatsError ? error.code : null;
}

/** Nobody responded: the broker is not there, frozen, or without a leader for what was asked. */
const ABSENT_CODES = new Set([
  '408',
  '503',
  'CONNECTION_CLOSED',
  'CONNECTION_DRAINING',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMEOUT',
  'DISCONNECT',
  'IDLE_HEARTBEAT',
  'TIMEOUT',
]);

/** Whether an error means that the broker did not respond, rather than that it refused what was asked. */
export function isBrokerAbsent(error: unknown): boolean {
  return error instanceof NatsError && ABSENT_CODES.has(error.code);
}
