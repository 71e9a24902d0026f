import { fetchAsPage } from './fetch-as-page.ts';
import { signal } from './signal.ts';
import type { Operator } from '../../../../sdk/contracts/operator.ts';
import type { OperatorRole } from '../../../../sdk/contracts/operator-roles.ts';

/** The operator of the session; null without one, undefined before it is known. */
export const operator = signal<Operator | null | undefined>(undefined);

const URL = '/console/session';
export const PROVIDER_URL = `${URL}/provider`;

export async function readSession(): Promise<void> {
  const response = await fetchAsPage(URL);
  operator.set(response.ok ? ((await response.json()) as Operator | null) : null);
}

/** Resolves to null, or to the reason in a sentence. */
export async function signIn(name: string, password: string): Promise<string | null> {
  const response = await fetchAsPage(URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  }).catch(() => null);
  if (response?.ok) {
    operator.set((await response.json()) as Operator);
    return null;
  }
  if (!response) return 'The console does not respond. Is it running?';
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  if (problem.code === 'invalid_credentials') return 'The name or the password is wrong.';
  return problem.detail ?? `The console returns ${response.status}.`;
}

/** Whether operators can sign in at a provider of OpenID Connect. */
export async function isProviderOffered(): Promise<boolean> {
  const response = await fetch(`${PROVIDER_URL}/offered`).catch(() => null);
  return response?.ok === true && ((await response.json()) as { is_offered: boolean }).is_offered;
}

export async function signOut(): Promise<void> {
  await fetchAsPage(URL, { method: 'DELETE' });
  operator.set(null);
}

/** Whether the operator has one of the roles; everybody has the viewer's. */
export function hasRole(roles: readonly OperatorRole[]): boolean {
  const own = operator.get()?.roles ?? [];
  return roles.includes('viewer') || roles.some((role) => own.includes(role));
}
