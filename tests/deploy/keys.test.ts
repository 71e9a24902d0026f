import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dir, '..', '..');
const KEYS = ['SECRET_KEY', 'INTERNAL_SERVICE_API_KEY'];

interface Compose {
  services: Record<string, { command?: string[]; entrypoint?: string[]; environment?: object }>;
}

test('compose.yaml gives the keys to each part that reads them, and to no other', async () => {
  const compose = Bun.YAML.parse(readFileSync(join(ROOT, 'compose.yaml'), 'utf8')) as Compose;
  const overlay = Bun.YAML.parse(readFileSync(join(ROOT, 'compose.cluster.yaml'), 'utf8')) as Compose;
  const parts = Object.entries(compose.services).filter(([, { entrypoint, environment, command }]) => {
    return entrypoint === undefined && command?.length === 1 && environment !== undefined;
  });
  expect(parts.length).toBe(9);
  for (const [service, { command: [part = ''] = [], environment = {} }] of parts) {
    const { variables } = (await import(join(ROOT, 'apps', part, 'main.ts'))) as { variables: object };
    const more = overlay.services[service]?.environment ?? {};
    const all = { ...environment, ...more };
    const keys = KEYS.filter((name) => name in all);
    const wanted = KEYS.filter((name) => name in variables);
    expect({ service, keys }).toEqual({ service, keys: wanted });
  }
});
