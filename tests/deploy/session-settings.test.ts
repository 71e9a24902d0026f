import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sessionSettings } from '../../platform/data/sql.ts';

/** The settings that services ask for, beside the pooler that must ignore them and the roles that have them. */
const ROOT = join(import.meta.dir, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('the pooler that is shipped refuses no setting of a session', () => {
  const [, ignored = ''] =
    /^ignore_startup_parameters = (.+)$/m.exec(read('deploy/patroni/pgbouncer.sh')) ?? [];
  const names = Object.keys(sessionSettings({ plansOnce: true, pagesByIndex: true }));
  expect(names.filter((name) => !ignored.split(',').includes(name))).toEqual([]);
});

test('behind it each role has the settings of its service', () => {
  const roles = read('deploy/postgres/roles.sh');
  const settingsOf = (role: string) =>
    Object.fromEntries(
      [...roles.matchAll(/^alter role (\S+) set (\w+) = '?(\w+?)(?:ms)?'?;$/gm)]
        .filter(([, name]) => name === role)
        .map(([, , name, value]) => [name, value]),
    );
  const texts = (settings: object) =>
    Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  expect(settingsOf('ecs_$part')).toEqual(texts(sessionSettings({})));
  // Nothing is prepared through a pooler, so that no plan would be kept: plan_cache_mode is of no use there.
  const ofPages = { ...settingsOf('ecs_$part'), ...settingsOf('ecs_privacy') };
  expect(ofPages).toEqual(texts(sessionSettings({ pagesByIndex: true })));
});
