import { askAs, countSession, sendAsPage, sessionNumber } from './fetch-as-page.ts';
import { NO_RESPONSE } from '../ui/act-fault.ts';
import { signal } from './signal.ts';
import type { Operator } from '../../../../sdk/contracts/operator.ts';
import type { OperatorRole } from '../../../../sdk/contracts/operator-roles.ts';

/** An operator, and the mark that tells the console's pages of operators apart. */
interface Session {
  account: Operator;
  mark: string;
}

/**
 * The session behind the pages, in a cookie that the tabs of a browser share:
 *
 * open --the token ends, or a tab signs out--> over --the same operator signs in--> open
 * open --a tab signs in another operator--> replaced --the operator signs in, or goes on as the other--> open
 *
 * Unless it is open, the pages are hidden, and kept with all that is typed in them.
 */
export type Standing = { is: 'open' } | { is: 'over' } | { is: 'replaced'; by: Session };

/** The operator of the pages; null without one, undefined before it is known. */
export const operator = signal<Operator | null | undefined>(undefined);
export const standing = signal<Standing>({ is: 'open' });
/** Raised when a session is open again: loads of the meantime begin again. */
export const reopened = signal(0);

const URL = '/console/session';
export const PROVIDER_URL = `${URL}/provider`;
/** A clock that is wrong asks no more often, and a token that lasts longer is asked for as often. */
const CHECK_MS = { min: 60_000, max: 3_600_000 };
/** Timers of a computer that sleeps stand still, or come late. */
const TICK_MS = 5000;
const SLEEP_MS_MIN = 120_000;

let ownMark: string | null = null;
let readsSent = 0;
let readTaken = 0;
let checking: ReturnType<typeof setTimeout> | undefined;
const tabs = new BroadcastChannel('ecs-console-session');
/** A channel reaches our own pages alone, and takes no target. */
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const tellTabs = (mark: string | null): void => tabs.postMessage(mark);

/**
 * Reads the session. Throws an error with a sentence when the console cannot tell. Drops a late response: one
 * that comes after a sign-in, or after the response to a later read.
 */
export async function readSession(): Promise<void> {
  const session = sessionNumber();
  const number = (readsSent += 1);
  const response = await sendAsPage(URL).catch(() => null);
  const isLate = () => session !== sessionNumber() || number < readTaken;
  if (isLate()) return operator.get() === undefined ? readSession() : undefined;
  const isKnown = response !== null && (response.ok || response.status === 401);
  if (!isKnown) throw new Error(await faultOf(response));
  const next = response.ok ? await sessionOf(response) : null;
  if (isLate()) return;
  readTaken = number;
  if (!operator.get()) {
    if (next) open(next);
    else operator.set(null);
  } else if (!next) endSession();
  else if (next.mark === ownMark) open(next);
  else standing.set({ is: 'replaced', by: next });
}

/** Resolves to null, or to the reason in a sentence. */
export async function signIn(name: string, password: string): Promise<string | null> {
  const response = await sendAsPage(URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  }).catch(() => null);
  const next = response?.ok ? await sessionOf(response) : null;
  if (!next) return faultOf(response);
  begin(next);
  return null;
}

/** Goes on in a session that has just begun. */
export function begin(session: Session): void {
  countSession();
  open(session);
}

/** Shows the pages of a session: as they were where it is the same operator's, else anew. */
function open({ account, mark }: Session): void {
  const isReopened = standing.get().is !== 'open';
  ownMark = mark;
  askAs(mark);
  operator.set(account);
  standing.set({ is: 'open' });
  if (isReopened) reopened.set(reopened.get() + 1);
  tellTabs(mark);
  clearTimeout(checking);
  const leftMs = Date.parse(account.token_expires_at) - Date.now();
  checking = setTimeout(check, Math.min(CHECK_MS.max, Math.max(CHECK_MS.min, leftMs)));
}

/** The token is not valid any more. */
export function endSession(): void {
  if (operator.get()) standing.set({ is: 'over' });
}

/** Resolves to null, or to the reason in a sentence: only the console takes the cookie away. */
export async function signOut(): Promise<string | null> {
  const response = await sendAsPage(URL, { method: 'DELETE' }).catch(() => null);
  if (response?.status === 409) {
    // The session is another operator's, whom the console names.
    await readSession().catch(() => {});
    return null;
  }
  if (!response?.ok) return `You are still signed in. ${await faultOf(response)}`;
  clearTimeout(checking);
  ownMark = null;
  askAs(null);
  operator.set(null);
  tellTabs(null);
  return null;
}

/** Whether operators can sign in at a provider of OpenID Connect. */
export async function isProviderOffered(): Promise<boolean> {
  const response = await fetch(`${PROVIDER_URL}/offered`).catch(() => null);
  return response?.ok === true && ((await response.json()) as { is_offered: boolean }).is_offered;
}

/** Whether the operator has one of the roles; everybody has the viewer's. */
export function hasRole(roles: readonly OperatorRole[]): boolean {
  const own = operator.get()?.roles ?? [];
  return roles.includes('viewer') || roles.some((role) => own.includes(role));
}

/** Whether a name is that of the operator; names are alike in any case. */
export const isOwnName = (name: string | null | undefined): boolean =>
  name?.toLowerCase() === operator.get()?.name.toLowerCase();

async function sessionOf(response: Response): Promise<Session | null> {
  const account = (await response.json()) as Operator | null;
  return account && { account, mark: response.headers.get('x-ecs-console') ?? 'page' };
}

async function faultOf(response: Response | null): Promise<string> {
  if (!response) return NO_RESPONSE;
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  if (problem.code === 'invalid_credentials') return 'The name or the password is wrong.';
  return problem.detail ?? `The console returns ${response.status}.`;
}

/** Where the console does not respond, the pages stay; their requests tell. */
const check = (): void => void readSession().catch(() => {});

let tickedAt = Date.now();
function checkAfterSleep(): void {
  const sleptMs = Date.now() - tickedAt;
  tickedAt = Date.now();
  if (sleptMs > SLEEP_MS_MIN && operator.get()) check();
}
setInterval(checkAfterSleep, TICK_MS);
document.addEventListener('visibilitychange', checkAfterSleep);

tabs.addEventListener('message', ({ data: mark }: MessageEvent<string | null>) => {
  if (mark !== null) countSession();
  const isOwn = standing.get().is === 'open' && operator.get() && mark === ownMark;
  if (!isOwn) check();
});
// A page from the browser's memory has heard nothing meanwhile.
globalThis.addEventListener('pageshow', (event: PageTransitionEvent) => event.persisted && check());
