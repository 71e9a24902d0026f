import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { LISTENER_VARIABLES } from '../platform/addresses/tls-variables.ts';
import {
  ConfigError,
  type Environment,
  PROCESS_VARIABLES,
  readConfig,
  type Variables,
} from '../platform/kernel/config.ts';
import { makeCertificates } from '../tests/harness/certificates.ts';

/**
 * TLS_REQUIRED against every variable of every service that takes an address: found by trying, so that a new
 * one cannot be forgotten.
 */
const { caFile, certFile, keyFile } = makeCertificates('DNS:localhost');
const HOST = 'engine.example';
const ca = encodeURIComponent(caFile);

/** Addresses of each kind: in plain text, by TLS that verifies too little, and verified. */
const KINDS = {
  http: { exposed: [`http://${HOST}:8000`], verified: [`https://${HOST}`] },
  nats: {
    exposed: [`nats://u:hunter2@${HOST}`, `nats://localhost,${HOST}`],
    verified: [`tls://u:hunter2@${HOST}`, `nats://${HOST}?tls_ca_file=${ca}`],
  },
  postgres: {
    exposed: ['', '?sslmode=disable', '?sslmode=prefer', '?sslmode=require', `?sslmode=verify-ca`].map(
      (words) => `postgres://u:hunter2@${HOST}/d${words}`,
    ),
    verified: [
      `postgres://u:hunter2@${HOST}/d?sslmode=verify-full&sslrootcert=${ca}`,
      `postgres://${HOST}/d?sslrootcert=system`,
    ],
  },
  redis: {
    exposed: [
      `redis://:hunter2@${HOST}`,
      `rediss://${HOST}?ssl_cert_reqs=none`,
      `rediss://${HOST}?ssl_check_hostname=false`,
      `redis+sentinel://:hunter2@${HOST}/name`,
    ],
    verified: [`rediss://:hunter2@${HOST}`, `rediss+sentinel://${HOST}/name`],
  },
};
const LOCAL = {
  http: ['http://127.0.0.1:8000', 'http://localhost', 'http://[::1]:1'],
  nats: ['nats://localhost', 'nats://127.0.0.1,[::1]:4222'],
  postgres: ['postgres://localhost/d', 'postgres:///d?host=/run/postgresql', 'postgres://127.8.9.1/d'],
  redis: ['redis://127.0.0.1'],
};
type Kind = keyof typeof KINDS;

type Reader = Variables[string];

const services = await Promise.all(
  [...new Bun.Glob('*/service.ts').scanSync(import.meta.dir)].map(async (path) => {
    const { variables } = (await import(join(import.meta.dir, path))) as { variables: Variables };
    return Object.entries(variables).map(([name, reader]) => [path, name, reader] as const);
  }),
);

/** Other variables that an address may need beside it. */
const BESIDE = { OIDC_AUDIENCE: 'ecs', OIDC_ISSUER: `https://${HOST}` };
const read = (name: string, reader: Reader, text: string, env: Environment = {}) =>
  readConfig({ ...BESIDE, ...env, [name]: text }, { [name]: reader });
const takes = (...args: Parameters<typeof read>) => {
  try {
    read(...args);
    return true;
  } catch {
    return false;
  }
};

/**
 * Exempt: origins of web pages, which call us; and private ports, which are plain HTTP, as they show states
 * alone (docs/decisions/0018-private-port.md).
 */
const EXEMPT = ['CORS_ORIGINS', 'OPS_URLS'];

/** The kind of addresses that a variable takes; null for a variable of anything else. */
function kindOf(name: string, reader: Reader): Kind | null {
  // A name or a number is no address, and a reader that takes any text reads no address.
  if (EXEMPT.includes(name) || takes(name, reader, 'a text that is long enough for a secret')) return null;
  const kinds = Object.keys(KINDS) as Kind[];
  return kinds.find((kind) => takes(name, reader, KINDS[kind].verified[0] ?? '')) ?? null;
}

const addresses = services.flat().flatMap(([service, name, reader]) => {
  const kind = kindOf(name, reader);
  return kind ? [{ service, name, reader, kind }] : [];
});

describe('TLS_REQUIRED=true', () => {
  test('knows every variable of a service whose name says that it is an address', () => {
    const names = services.flat().map(([, name]) => name);
    const named = names.filter((name) => /_(URL|URLS|ISSUER|SERVER|SERVERS|ENDPOINT)$/.test(name));
    expect(named.length).toBeGreaterThan(20);
    const unknown = named.filter((name) => !addresses.some((address) => address.name === name));
    expect(unknown.filter((name) => !EXEMPT.includes(name))).toEqual([]);
  });

  test.each(addresses)('lets $service take $name verified or from this machine alone', (address) => {
    const { name, reader, kind } = address;
    const demand = { TLS_REQUIRED: 'true' };
    for (const text of [...KINDS[kind].verified, ...LOCAL[kind]])
      expect([text, takes(name, reader, text, demand)]).toEqual([text, takes(name, reader, text)]);
    for (const text of KINDS[kind].exposed) {
      expect([text, takes(name, reader, text, demand)]).toEqual([text, false]);
      const isTaken = takes(name, reader, text);
      // OpenID Connect is never in plain text.
      if (name !== 'OIDC_ISSUER') expect([text, isTaken]).toEqual([text, true]);
      if (isTaken) expect(() => read(name, reader, text, demand)).toThrow(`${name} would be reached`);
    }
  });

  test('names every exposed address at once, with no password', () => {
    const exposed = {
      TLS_REQUIRED: 'true',
      HOST: '::',
      DATABASE_URL: `postgres://u:hunter2@${HOST}/d?sslmode=require`,
      NATS_URL: `nats://u:hunter2@${HOST}`,
      REDIS_URL: `redis://:hunter2@${HOST}`,
      CREDIT_ANALYSIS_SERVICE_URL: `http://${HOST}`,
    };
    const variables = Object.fromEntries(services.flat().map(([, name, reader]) => [name, reader]));
    const spec = { ...variables, ...PROCESS_VARIABLES, ...LISTENER_VARIABLES };
    const problems = (() => {
      try {
        return readConfig(exposed, spec);
      } catch (error) {
        return error instanceof ConfigError ? error.message : error;
      }
    })();
    for (const sentence of [
      'DATABASE_URL would be reached by TLS that does not verify the server; TLS_REQUIRED=true demands sslmode',
      'NATS_URL would be reached in plain text; TLS_REQUIRED=true demands tls://',
      'REDIS_URL would be reached in plain text; TLS_REQUIRED=true demands rediss://',
      'CREDIT_ANALYSIS_SERVICE_URL would be reached in plain text; TLS_REQUIRED=true demands https://',
      'TLS_CERT_FILE is missing; TLS_REQUIRED=true demands it',
    ])
      expect(problems).toContain(sentence);
    expect(problems).not.toContain('hunter2');
  });

  test('wants no certificate of a process that nobody else reaches', () => {
    for (const host of [undefined, '127.0.0.1', 'localhost', '::1'])
      expect(readConfig({ TLS_REQUIRED: 'true', HOST: host }, LISTENER_VARIABLES).TLS_CERT_FILE).toBeNull();
  });
});

test('files of certificates are checked at start, and never shown', () => {
  const other = makeCertificates('DNS:localhost');
  const problemsOf = (env: Environment) => {
    try {
      readConfig(env, PROCESS_VARIABLES);
      return [];
    } catch (error) {
      return error instanceof ConfigError ? error.problems : [String(error)];
    }
  };
  expect(problemsOf({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CLIENT_CA_FILE: caFile })).toEqual(
    [],
  );
  for (const [env, problem] of [
    [{ TLS_CERT_FILE: certFile }, 'TLS_KEY_FILE is missing; TLS_CERT_FILE needs'],
    [{ TLS_KEY_FILE: keyFile }, 'TLS_KEY_FILE needs TLS_CERT_FILE'],
    [
      { TLS_CERT_FILE: certFile, TLS_KEY_FILE: other.keyFile },
      'TLS_KEY_FILE names a key of another certificate',
    ],
    [{ TLS_CERT_FILE: certFile, TLS_KEY_FILE: certFile }, 'TLS_KEY_FILE names a file without a key'],
    [{ TLS_CA_FILE: '/no/such/file' }, 'TLS_CA_FILE names the file "/no/such/file", which cannot be read'],
    [{ TLS_CA_FILE: keyFile }, 'TLS_CA_FILE names a file of certificate authorities that holds no PEM'],
    [{ TLS_CLIENT_CA_FILE: caFile }, 'TLS_CLIENT_CA_FILE needs TLS_CERT_FILE'],
    [{ TLS_REQUIRED: 'yes' }, 'TLS_REQUIRED must be one of true, false'],
  ] as const) {
    const problems = problemsOf(env);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems.join()).not.toContain('PRIVATE');
  }
});
