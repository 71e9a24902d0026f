/** The system under load, by `-e`: BASE_URL and INTERNAL_SERVICE_API_KEY, and the headers of its requests. */
export const BASE_URL = __ENV.BASE_URL || 'http://localhost:9999';
const INTERNAL_KEY = __ENV.INTERNAL_SERVICE_API_KEY || '';

interface Headers {
  headers: Record<string, string>;
}

export const json = (token?: string): Headers => ({
  headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
});

export const internal = (): Headers => ({
  headers: { 'content-type': 'application/json', 'x-internal-key': INTERNAL_KEY },
});

/** Returns a body as text; our scenarios request no bytes. */
export const textOf = ({ body }: { body: unknown }): string => (typeof body === 'string' ? body : '');
