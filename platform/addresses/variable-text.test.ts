import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, PROCESS_VARIABLES, readConfig, VARIABLES } from '../kernel/config.ts';
import { misspelled, variableText } from './variable-text.ts';

const { SECRET_KEY, DATABASE_URL } = VARIABLES;
const SPEC = { SECRET_KEY, DATABASE_URL };

function withFile<T>(content: string, work: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'variable-'));
  try {
    const path = join(folder, 'a secret');
    writeFileSync(path, content);
    return work(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const problemsOf = (env: Record<string, string>, spec: object = SPEC): string[] => {
  try {
    readConfig(env, spec as typeof SPEC);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
};

test('a variable is read from the file that its companion names, as platforms mount secrets', () => {
  const key = 'k'.repeat(32);
  withFile(`${key}\n`, (SECRET_KEY_FILE) => {
    const env = { SECRET_KEY_FILE, DATABASE_URL: 'postgres://h/d' };
    expect(readConfig(env, SPEC)).toEqual({ SECRET_KEY: key, DATABASE_URL: 'postgres://h/d' });
    // As `ecs up` passes both on.
    expect(readConfig({ ...env, SECRET_KEY: key }, SPEC).SECRET_KEY).toBe(key);
    expect(problemsOf({ ...env, SECRET_KEY: 'o'.repeat(32) })).toEqual([
      'SECRET_KEY has one value, and the file of SECRET_KEY_FILE another: set one of them',
    ]);
  });
});

test('a file that is empty or not there is a problem beside all others', () => {
  withFile(' \n', (SECRET_KEY_FILE) => {
    expect(problemsOf({ SECRET_KEY_FILE, DATABASE_URL_FILE: '/nowhere/at all' })).toEqual([
      'SECRET_KEY is in the file of SECRET_KEY_FILE, which is empty',
      'DATABASE_URL is in the file of DATABASE_URL_FILE, which cannot be read (ENOENT)',
    ]);
    expect(() => variableText({ ECS_TOKEN_FILE: SECRET_KEY_FILE }, 'ECS_TOKEN')).toThrow('which is empty');
  });
});

test.each([
  ['LOG_LEVLE', 'LOG_LEVEL'],
  ['LOG_LEVELS', 'LOG_LEVEL'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['log_level', 'LOG_LEVEL'],
  ['LOG-LEVEL', 'LOG_LEVEL'],
  ['DRAIN_GRACE_SM', 'DRAIN_GRACE_MS'],
])('%s is refused where %s is not set', (written, meant) => {
  expect(problemsOf({ [written]: 'x' }, PROCESS_VARIABLES)).toEqual([
    `${written} is no variable: ${meant} is`,
  ]);
  expect(misspelled({ [written]: 'x', [meant]: 'info' }, [meant])).toEqual([]);
});

test.each(['PATH', 'POST', 'ECS_CONTAINER_METADATA_URI', 'LOG_LEVEL_DB', 'LANGUAGE'])(
  '%s is a variable of somebody else',
  (name) => {
    expect(problemsOf({ [name]: 'x' }, PROCESS_VARIABLES)).toEqual([]);
  },
);

test('ECS_FAIL is refused in production, where it would be ignored, and for a place that is none', () => {
  const ECS_FAIL = 'ingest.published@1:/tmp/never';
  expect(problemsOf({ ECS_FAIL }, PROCESS_VARIABLES)).toEqual([]);
  expect(problemsOf({ ECS_FAIL, NODE_ENV: 'production' }, PROCESS_VARIABLES)).toEqual([
    'ECS_FAIL is for drills: not in production',
  ]);
  expect(problemsOf({ ECS_FAIL: 'nowhere@1:x' }, PROCESS_VARIABLES)[0]).toStartWith(
    'ECS_FAIL must be one of',
  );
});
