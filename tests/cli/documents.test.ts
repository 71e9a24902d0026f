import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOf } from './paste.ts';

/** Commands of the documents are there to be pasted. */

const ROOT = join(import.meta.dir, '../..');
const FENCE = /^ *```(\w*)\n(.*?)^ *```/gms;
const SHELLS = new Set(['', 'sh', 'bash', 'console']);
/** A line that begins with `ecs`, perhaps after variables. */
const CALL = /^(?:[A-Z_]+=\S* )*(?:\.\/)?ecs [a-z-]/;
/** Of a sentence; one with an ellipsis, or with choices, is a pattern and no command. */
const INLINE = /(?<!`)`((?:\.\/)?ecs [a-z][^`\n]*)`(?!`)/g;
const PATTERN = /…|\.\.\.|\||\[|<[A-Za-z]/;
/** In a sentence a command stands without its arguments, or with a word for a value. */
const INCOMPLETE = /missing required argument|required option|outputHelp|Allowed choices|^"[A-Z]+" is no/;

const documents = Bun.spawnSync(['git', 'ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
})
  .stdout.toString()
  .trim()
  .split('\n')
  .filter((file) => !file.startsWith('docs/decisions/') && !file.endsWith('CHANGELOG.md'));

/** The commands of a block, on one line each, without those that are shown as refused. */
function commandsOf(block: string): string[] {
  const lines = block.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines
    .map((line) => line.trim().replace(/^\$ /, ''))
    .filter(
      (line, at) => CALL.test(line) && !PATTERN.test(line) && !lines[at + 1]?.trim().startsWith('ecs: '),
    );
}

test('each command of the documents is understood', async () => {
  const wrong: string[] = [];
  let count = 0;
  for (const file of documents) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const blocks = [...text.matchAll(FENCE)].filter(([, kind = '']) => SHELLS.has(kind));
    const commands = blocks.flatMap(([, , block = '']) => commandsOf(block));
    const inline = [...text.replaceAll(FENCE, '').matchAll(INLINE)]
      .map(([, command = '']) => command)
      .filter((command) => !PATTERN.test(command));
    count += commands.length + inline.length;
    const faults = [
      ...(await faultsOf(commands)),
      ...(await faultsOf(inline)).filter(([, fault]) => !INCOMPLETE.test(fault)),
    ];
    wrong.push(...faults.map(([line, fault]) => `${file}: ${line}: ${fault}`));
  }
  expect(wrong).toEqual([]);
  expect(count).toBeGreaterThan(300);
}, 60_000);
