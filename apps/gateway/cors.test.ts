import { describe, expect, test } from 'bun:test';
import { allowOrigins } from './cors.ts';

const PAGE = 'https://partner.example';
const respond = async () => Response.json({ ok: true }, { status: 401 });

const call = (origins: string[], headers: Record<string, string>, method = 'GET') =>
  allowOrigins(origins, respond)(new Request('http://localhost/v1/auth/login', { method, headers }));
const preflight = { 'access-control-request-method': 'POST' };

describe('pages of other origins', () => {
  test('get no CORS headers when none is allowed, and a preflight is a request like any other', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const response = await call([], { origin: PAGE, ...preflight }, method);
      expect(response.status).toBe(401);
      expect([...response.headers.keys()].filter((name) => /^access|^vary/.test(name))).toEqual([]);
    }
  });

  test('that are allowed may read responses, errors as well, and the headers they need', async () => {
    const response = await call([PAGE], { origin: PAGE });
    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(response.headers.get('access-control-expose-headers')).toContain('retry-after');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('vary')).toBe('origin');
  });

  test('that are allowed may send what the client sends, but not the internal key', async () => {
    const response = await call([PAGE], { origin: PAGE, ...preflight }, 'OPTIONS');
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toBe('DELETE, GET, HEAD, PATCH, POST, PUT');
    const allowed = response.headers.get('access-control-allow-headers') ?? '';
    for (const name of [
      'authorization',
      'content-type',
      'idempotency-key',
      'x-ecs-client',
      'x-request-id',
      'last-event-id',
    ]) {
      expect(allowed).toContain(name);
    }
    expect(allowed).not.toContain('x-internal-key');
  });

  test('that are not allowed get no CORS headers, however similar they are', async () => {
    for (const origin of ['https://partner.example.evil.example', 'http://partner.example', 'null']) {
      for (const method of ['GET', 'OPTIONS']) {
        const response = await call([PAGE], { origin, ...preflight }, method);
        expect(response.status).toBe(401);
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
      }
    }
  });

  test('are all allowed by a star', async () => {
    const response = await call(['*'], { origin: PAGE });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });
});
