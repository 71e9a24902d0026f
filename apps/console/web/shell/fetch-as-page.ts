let mark = 'page';
let sessions = 0;

/** From now on pages ask as the operator of this mark; as nobody's with null. */
export const askAs = (operatorMark: string | null): void => void (mark = operatorMark ?? 'page');

/** Counts a sign-in, here or in another tab: earlier requests say nothing of its session. */
export const countSession = (): void => void (sessions += 1);
export const sessionNumber = (): number => sessions;

/**
 * Sends a request of a page of ours, with the session: only such a page can send the header. The console
 * refuses it once the session is of another operator than the page.
 */
export const sendAsPage = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, ofPage(init));

/**
 * Sends a request of a page of ours, and once more where it was refused for want of a session and one has
 * begun meanwhile: the first did nothing, and the second is refused unless the operator is the same.
 */
export async function fetchAsPage(url: string, init: RequestInit = {}): Promise<Response> {
  const session = sessions;
  const request = ofPage(init);
  const response = await fetch(url, request);
  return response.status === 401 && session !== sessions ? fetch(url, request) : response;
}

function ofPage(init: RequestInit): RequestInit {
  const headers = new Headers(init.headers);
  headers.set('x-ecs-console', mark);
  return { ...init, headers, credentials: 'same-origin' };
}
