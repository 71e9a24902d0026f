import { expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../tests/harness/engines.ts';
import { stepOntoPath } from './on-path.ts';

const ECS = join(import.meta.dir, '..', '..', 'ecs');

test('the step that puts ecs on the PATH does, and is not shown any more after it', () => {
  const folder = join(temporaryFolder(), 'a bin');
  mkdirSync(folder);
  const variables = { ECS_CALLED_NAME: ECS, PATH: `${folder}:${process.env.PATH ?? ''}` };
  // Without the folders of the machine the tests run on.
  const step = stepOntoPath({ ...variables, PATH: folder });
  expect(step).toBe(`ln -s ${ECS} '${folder}/ecs'`);
  const env = { ...process.env, PATH: variables.PATH };
  expect(Bun.spawnSync(['sh', '-c', step ?? ''], { env }).exitCode).toBe(0);
  const ran = Bun.spawnSync(['sh', '-c', 'cd / && ecs nothing'], { env });
  expect(ran.stderr.toString()).toContain("ecs: unknown command 'nothing'");
  expect(ran.stderr.toString()).not.toContain('/ecs ');
  expect(stepOntoPath({ ...variables, PATH: folder })).toBeNull();
});

test('where no folder of the PATH can be written, the step asks for the right to', () => {
  expect(stepOntoPath({ ECS_CALLED_NAME: './ecs', PATH: '/nowhere' })).toBe(
    `sudo ln -s ${join(process.cwd(), 'ecs')} /usr/local/bin/ecs`,
  );
  expect(stepOntoPath({ PATH: '/nowhere' })).toBeNull();
});
