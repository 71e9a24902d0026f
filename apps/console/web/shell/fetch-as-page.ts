let mark = 'page';

/** From now on pages ask as the operator of this mark; as nobody's with null. */
export const askAs = (operatorMark: string | null): void => void (mark = operatorMark ?? 'page');

/**
 * A request of a page of ours, with the session: only such a page can send the header. The console refuses it
 * once the session is of another operator than the page.
 */
export function fetchAsPage(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('x-ecs-console', mark);
  return fetch(url, { ...init, headers, credentials: 'same-origin' });
}
