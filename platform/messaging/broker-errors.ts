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
