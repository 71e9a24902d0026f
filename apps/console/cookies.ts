import { parseCookie, stringifySetCookie } from 'cookie';

/**
 * Returns the value of a cookie; none where several have the name. Another server of the host, or of its
 * domain, may have set one for a longer path, and the console cannot tell which of them is its own.
 */
export function readCookie(request: Request, name: string): string | undefined {
  const header = request.headers.get('cookie') ?? '';
  const count = header.split(';').filter((pair) => pair.split('=')[0]?.trim() === name).length;
  return count === 1 ? parseCookie(header)[name] : undefined;
}

/** Returns the writer of a cookie that no script can read; an age of 0 seconds removes it. */
export function createCookieWriter(options: {
  name: string;
  path: string;
  sameSite: 'strict' | 'lax';
  /** Whether browsers reach the console over TLS. */
  isSecured: () => boolean;
}): (value: string, maxAgeSeconds: number) => string {
  const { name, path, sameSite, isSecured } = options;
  return (value, maxAge) =>
    stringifySetCookie({ name, value, path, httpOnly: true, sameSite, secure: isSecured(), maxAge });
}
