import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { temporaryFolder } from '../harness/engines.ts';
import { judgeFolder, SETTINGS } from './judge-folder.ts';

/** Scripts with the outcomes that k6's documentation gives them. */
test('every script of the corpus ends as k6 documents it, or is refused by name', async () => {
  const { verdicts, counts } = await judgeFolder({ folder: SETTINGS.folder, limitSeconds: 30 });
  expect(verdicts.filter(({ isGood }) => !isGood)).toEqual([]);
  expect(verdicts.length).toBeGreaterThanOrEqual(150);
  expect(counts.right).toBeGreaterThan(150);
}, 240_000);

test('the corpus tells false success, a wrong outcome and a hang apart', async () => {
  const folder = temporaryFolder();
  const scripts = {
    'a-success.js': '// expect: exit 99\nexport default function () {}',
    'b-wrong.js': '// expect: exit 0; iterations 2\nexport default function () {}',
    'c-hang.js': '// expect: exit 0\nexport default function () { for (;;) {} }',
    'd-right.js': '// expect: exit 0; iterations 1\nexport default function () {}',
    'e-refused.js': `import x from 'k6/browser'; export default () => x;`,
    'e2-missing.js': `import http from 'k6/http'; export default () => http.nothing();`,
    'e3-own-error.js': `export default () => { throw new Error('own'); }`,
    'f-broken.js': `import x from './none.js'; export default () => x;`,
  };
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, name), text);
  const { verdicts } = await judgeFolder({ folder, limitSeconds: 4 });
  expect(verdicts.map(({ verdict }) => verdict)).toEqual([
    ...(['misleading', 'wrong', 'hang', 'right', 'refused by name', 'wrong', 'right', 'wrong'] as const),
  ]);
}, 60_000);
