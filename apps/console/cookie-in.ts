import { parseCookie } from 'cookie';

/**
 * Returns the cookie of a name; none of several: another server of the host, or of its domain, may have set
 * one for a longer path, and whose session it is cannot be told.
 */
export function cookieIn(request: Request, name: string): string | undefined {
  const header = request.headers.get('cookie') ?? '';
  const count = header.split(';').filter((pair) => pair.split('=')[0]?.trim() === name).length;
  return count === 1 ? parseCookie(header)[name] : undefined;
}
