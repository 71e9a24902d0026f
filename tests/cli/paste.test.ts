import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { createCli } from './harness.ts';
import { faultsOf, findMisunderstood, wordsOf } from './paste.ts';

const LONG_MS = 60_000;
const ROOT = join(import.meta.dir, '..', '..');
/** Literals of a line; values stand for themselves where a command is built of them. */
const LITERAL = /"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\$]|\\.|\$\{[^{}]*\})*)`/g;
const COMMAND = /(^|[;&|] |\w=\S* )ecs [a-z]/;
/** A command in the middle of words can be pasted by nobody. */
const IN_PROSE = /(?:, (?:or )?|; (?:or )?|: )ecs [a-z]/;
/** A step that is a flag without its command. */
const FLAG_ALONE = /EXIT\.\w+,\s*['"`]--.*/g;
/** Names of connections to a database. */
const NAME = /withDatabase\(|name: 'ecs /;

test('a step is understood only where a shell and ecs both understand it', async () => {
  expect(wordsOf([`X=1 ecs offers show 'a b' && ecs trace "c"`, 'x; ecs a b', "ecs 'x", 'ecs a'])).toEqual([
    [
      ['offers', 'show', 'a b'],
      ['trace', 'c'],
    ],
    [['a', 'b']],
    [],
    [['a']],
  ]);
  const wrong = ['ecs status, or ecs doctor', '--force', 'ecs offers shw x', "ecs import 'x"];
  const faults = await faultsOf([...wrong, 'see its log', 'ecs offers show x']);
  expect(faults.map(([line]) => line).toSorted()).toEqual(wrong.toSorted());
  expect(await findMisunderstood('ecs: no\ntry: ecs offrs\n or: ecs status\n')).toHaveLength(1);
});

test(
  'every example of every help is understood',
  async () => {
    const examples = (command: Command): string[] => [
      ...[...command.helpInformation().matchAll(/^ {2}\$ (.+?)(?: {2,}#.*)?$/gm)].map(
        ([, text = '']) => text,
      ),
      ...command.commands.flatMap(examples),
    ];
    const lines = [...new Set(examples(await createProgram('all')))];
    expect(lines.length).toBeGreaterThan(60);
    expect(await faultsOf(lines)).toEqual([]);
  },
  LONG_MS,
);

test(
  'every command in the text of the command line is understood, and none stands in prose',
  async () => {
    const globs = ['cli/**/*.ts', 'deploy/local/**/*.ts'].map((pattern) => new Bun.Glob(pattern));
    const files = globs
      .flatMap((glob) => [...glob.scanSync(ROOT)])
      .filter((name) => !name.endsWith('.test.ts'));
    const texts = files.flatMap((file) => {
      const code = readFileSync(join(ROOT, file), 'utf8').replace(/^\s*(\/\/|\/?\*).*$/gm, '');
      expect({ file, flags: code.match(FLAG_ALONE) }).toEqual({ file, flags: null });
      const lines = code.split('\n').filter((line) => !NAME.test(line));
      const literals = lines.flatMap((line) => [...line.matchAll(LITERAL)]);
      return literals.flatMap(([, double, single, template = '']) => {
        const text = (double ?? single ?? template).replaceAll("\\'", "'").replaceAll('\\n', '\n');
        return text
          .replace(/\$\{[^}]*\}/g, 'x')
          .replace(/^(next[^:]*|try): /gm, '')
          .split('\n');
      });
    });
    expect(texts.filter((text) => IN_PROSE.test(text))).toEqual([]);
    const commands = texts.filter((text) => COMMAND.test(text));
    expect(commands.length).toBeGreaterThan(80);
    expect(await faultsOf([...new Set(commands)])).toEqual([]);
  },
  LONG_MS,
);

test(
  'steps that need no system do what they say when they are pasted',
  async () => {
    const { ecs, configDir } = createCli();
    const paste = async (words: string[]) => {
      const { stderr, code } = await ecs(words);
      expect(code).not.toBe(0);
      const [, step = ''] = /^try: (.+)$/m.exec(stderr) ?? [];
      const [[call = []] = []] = wordsOf([step]);
      return { step, ...(await ecs(call)) };
    };
    const add = ['profile', 'add', 'a-b', '--url', 'http://localhost:1'];
    await ecs(add);
    expect(await paste(add)).toMatchObject({ code: 0 });
    await ecs(['profile', 'use', 'a-b']);
    expect(await paste(['down'])).toMatchObject({ step: 'ecs down --data-dir .ecs', code: 0 });
    const folder = join(configDir, "it's here");
    expect((await paste(['down', '--url', 'http://x', '--data-dir', folder])).step).toContain(
      `'it'\\''s here'`,
    );
    expect(await paste(['offers', 'lst'])).toMatchObject({ step: 'ecs offers ls' });
    expect(await paste(['config', '--url', 'http://x', '--profile', 'a-b'])).toMatchObject({ code: 0 });
    expect(await paste(['completion', 'tcsh'])).toMatchObject({ code: 0 });
  },
  LONG_MS,
);
