import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACT_NAMES } from './audit-acts.ts';

const folder = join(import.meta.dir, '../../migrations');
const statements = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));

test('the acts that triggers of the database append have a name of the catalogue', () => {
  const quoted = statements.flatMap((text) => [...text.matchAll(/'((?:operator|customer)\.[a-z_]+)'/g)]);
  const names = new Set(quoted.map(([, name]) => name ?? ''));
  const steps = statements.flatMap((text) => [
    ...text.matchAll(/act text not null check \(act in \((.+)\)\)/g),
  ]);
  const verbs = steps.flatMap(([, list = '']) => [...list.matchAll(/'(\w+)'/g)].map(([, verb]) => verb));
  expect(names.size).toBeGreaterThan(5);
  expect(verbs.length).toBeGreaterThan(5);
  const acts = new Set<string>(ACT_NAMES);
  expect([...names, ...verbs.map((verb) => `policy.${verb}`)].filter((name) => !acts.has(name))).toEqual([]);
});
