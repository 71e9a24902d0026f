import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { EcsClient } from '../client.ts';
import { EcsArgumentError } from './errors.ts';
import { redact, redactText, redactUrl } from './redact.ts';
import { failureOf, problem, startTestServer, USER } from './test-server.ts';

/** Collects every line with its facts as text. */
function createCollector() {
  const lines: [string, string][] = [];
  const collect = (level: string) => (message: string, facts?: unknown) =>
    void lines.push([level, `${message} ${JSON.stringify(facts)}`]);
  const logger = Object.fromEntries(
    ['error', 'warn', 'info', 'debug'].map((level) => [level, collect(level)]),
  );
  return { lines, logger: logger as unknown as Console };
}

describe('the log', () => {
  test('has nothing of a call by default, its attempts at info, its headers at debug; never a secret', async () => {
    await using server = startTestServer((_, index) =>
      index % 2 === 0
        ? problem(503, 'away', { detail: 'ada@example.com waits' })
        : Response.json({ access_token: 'a-secret-token' }, { headers: { 'set-cookie': 'a-secret-cookie' } }),
    );
    const outputs = new Map<string, string>();
    for (const logLevel of [undefined, 'off', 'info', 'debug'] as const) {
      const { lines, logger } = createCollector();
      const ecs = server.client({
        logger,
        logLevel,
        token: 'a-secret-of-customers',
        internalKey: 'a-secret-key',
        headers: { cookie: 'a-secret-cookie', 'x-api-key': 'a-secret-key', 'x-tenant': 'blue' },
      });
      await ecs.auth.login({ email: 'ada@example.com', password: 'a-secret-password' });
      outputs.set(String(logLevel), lines.map((line) => line.join(' ')).join('\n'));
    }
    expect([outputs.get('undefined'), outputs.get('off')]).toEqual(['', '']);
    expect(outputs.get('info')).toMatch(/-> 503 in \d+ ms[^]*again in \d+ ms[^]*-> 200 in/);
    expect(outputs.get('info')).not.toContain('x-tenant');
    expect(outputs.get('debug')).toContain('"x-tenant":"blue"');
    for (const output of outputs.values()) expect(output).not.toMatch(/a-secret|ada@|example\.com/);
  });

  test('takes its level from ECS_LOG, and refuses another word in it', async () => {
    const before = process.env.ECS_LOG;
    try {
      await using server = startTestServer(() => problem(404, 'gone'));
      const { lines, logger } = createCollector();
      process.env.ECS_LOG = 'INFO';
      await failureOf(server.client({ logger }).offers.get(USER));
      expect(lines).toHaveLength(2);
      await failureOf(server.client({ logger, logLevel: 'off' }).offers.get(USER));
      expect(lines).toHaveLength(2);
      process.env.ECS_LOG = 'loud';
      expect(() => new EcsClient({ baseUrl: 'http://localhost:1' })).toThrow(EcsArgumentError);
    } finally {
      if (before === undefined) delete process.env.ECS_LOG;
      else process.env.ECS_LOG = before;
    }
  });

  test('that throws fails no call', async () => {
    await using server = startTestServer(() => Response.json({ status: 'active' }));
    const fail = () => {
      throw new Error('the disk is full');
    };
    const logger = { error: fail, warn: fail, info: fail, debug: fail };
    expect((await server.client({ logger, logLevel: 'debug' }).offers.get(USER)).status).toBe('active');
  });
});

describe('redaction', () => {
  const text = fc.string({ minLength: 1, maxLength: 12 });
  const secret = fc.stringMatching(/^[\w.~+/-]{8,24}$/);
  const secretName = fc.constantFrom(
    'authorization',
    'Proxy-Authorization',
    'x-internal-key',
    'apiKey',
    'cookie',
    'Set-Cookie',
    'password',
    'newPassword',
    'access_token',
    'clientSecret',
    'email',
    'ticket',
  );

  test('hides the value of every field with a secret name, at any depth and of any kind', () => {
    const value = fc.oneof(
      secret,
      fc.array(secret),
      fc.record({ plain: secret }),
      fc.integer({ min: 10_000 }),
    );
    fc.assert(
      fc.property(secretName, value, fc.array(text, { maxLength: 8 }), (name, hidden, path) => {
        const nested = path.reduceRight<unknown>((inner, key) => ({ [`.${key}`]: [inner] }), {
          [name]: hidden,
        });
        const shown = JSON.stringify(redact(nested));
        for (const part of Object.values(typeof hidden === 'object' ? hidden : [hidden])) {
          expect(shown).not.toContain(String(part));
        }
      }),
    );
  });

  test('hides e-mail addresses wherever they stand, plain and encoded', () => {
    fc.assert(
      fc.property(fc.emailAddress(), text, text, (email, before, after) => {
        for (const written of [email, encodeURIComponent(email)]) {
          const local = written.split(/@|%40/)[0] ?? '';
          for (const place of [
            `${before} ${written} ${after}`,
            `http://a/v1?to=${encodeURIComponent(email)}`,
            `{"a":"${written}"}`,
          ]) {
            const shown = redactText(place);
            expect(shown).not.toContain(written);
            if (local.length > 6) expect(shown).not.toContain(local);
          }
        }
      }),
    );
  });

  test('hides credentials within texts and addresses', () => {
    fc.assert(
      fc.property(secret, secretName, (value, name) => {
        const shown = [
          redactText(`the header authorization: Bearer ${value}`),
          redactText(`${name}=${value}, and more`),
          redactText(JSON.stringify({ [name]: value })),
          redactUrl(`https://a/v1/x?page=1&${encodeURIComponent(name)}=${value}`),
          JSON.stringify(redact(new Headers({ [name]: value }))),
          JSON.stringify(redact(new Error(`Basic ${value}`))),
        ];
        for (const line of shown) expect(line).not.toContain(value);
        expect(shown[3]).toContain('page=1');
      }),
    );
  });

  test.each([
    String.raw`{"password":"ab\"hidden-part"}`,
    String.raw`{"body":"{\"password\":\"hidden-part\"}"}`,
    '{"tokens":["abc","hidden-part"]}',
    '{"secret":{"a":"x","b":"hidden-part"}}',
    'passphrase=hidden-part',
    'x-jwt: hidden-part',
    'client_secret%3Dhidden-part',
    'Cookie: a=1; sid=hidden-part',
    'set-cookie: sid=x; b=hidden-part',
  ])('hides all of a value, whatever encloses it: %s', (line) => {
    expect(redactText(line)).not.toContain('hidden-part');
    expect(redactText(line)).toContain('***');
  });

  test.each(['key', 'key:"', 'token.', '-eyJ', '%3d', 'cookie:', 'https://a?', '\\'])(
    'takes time by the length of a text, whatever a server puts into it: %s again and again',
    (part) => {
      const started = process.cpuUsage();
      redactText(part.repeat(800));
      const { user, system } = process.cpuUsage(started);
      expect((user + system) / 1000).toBeLessThan(1000);
    },
  );
});
