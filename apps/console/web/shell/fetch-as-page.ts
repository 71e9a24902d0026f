/** A request of a page of ours, with the session: only such a page can send the header. */
export function fetchAsPage(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('x-ecs-console', 'page');
  return fetch(url, { ...init, headers, credentials: 'same-origin' });
}
