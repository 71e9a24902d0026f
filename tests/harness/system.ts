import { afterAll, beforeAll } from 'bun:test';
import postgres from 'postgres';
import { startSystem, type System } from '../../deploy/local/stack/system.ts';
import { checkResponsesOf } from './checked-responses.ts';
import { createTestDatabase, temporaryFolder } from './engines.ts';
import { plantSeed } from './seed.ts';

const START_MS = 90_000;

/**
 * A whole system of real processes for the tests of a file (or of a `describe`), and a view into its
 * database.
 */
export function useSystem({
  isPrivate = false,
  ...options
}: {
  split: boolean;
  /** A PostgreSQL of its own, for a suite that stops it; else a database of the shared one. */
  isPrivate?: boolean;
  /** More environment for the services. */
  variables?: Record<string, string>;
}): () => System & { sql: postgres.Sql } {
  let running: (System & { sql: postgres.Sql }) | undefined;
  beforeAll(async () => {
    const dataDir = temporaryFolder();
    if (isPrivate) plantSeed(dataDir);
    const engineUrls = isPrivate ? {} : { databaseUrl: await createTestDatabase() };
    const system = await startSystem({ dataDir, port: 0, given: engineUrls, ...options });
    checkResponsesOf(system.url);
    running = { ...system, sql: postgres(system.databaseUrl, { max: 2, onnotice: () => {} }) };
  }, START_MS);
  afterAll(async () => {
    await running?.sql.end({ timeout: 1 });
    // Drains are for the suites that are about them: the others end at once.
    running?.kill();
    await running?.stop();
  }, START_MS);
  return () => {
    if (!running) throw new Error('the system did not start');
    return running;
  };
}

export interface Customer {
  id: string;
  email: string;
  password: string;
  token: string;
}

export const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

export const bearer = (customer: { token: string }) => ({ authorization: `Bearer ${customer.token}` });

/** Registers somebody new over HTTP and logs them in. */
export async function newCustomer(url: string): Promise<Customer> {
  const email = `${crypto.randomUUID()}@example.com`;
  const password = `password ${crypto.randomUUID()}`;
  const registered = await fetch(`${url}/v1/auth/register`, json({ email, password }));
  const { id } = (await registered.json()) as { id: string };
  const loggedIn = await fetch(`${url}/v1/auth/login`, json({ email, password }));
  const { access_token } = (await loggedIn.json()) as { access_token: string };
  return { id, email, password, token: access_token };
}

export const emotionOf = (userId: string, changes: Record<string, unknown> = {}) => ({
  userId,
  timestamp: new Date().toISOString(),
  emotionEvent: { type: 'calm', metrics: { positivity: 0.9, intensity: 0.4, stress_level: 0.1 } },
  ...changes,
});
