import { expect, test } from 'bun:test';
import type { Command } from 'commander';
import { createProgram } from '../program.ts';
import { rememberCall } from './command-line.ts';
import { EXIT } from './output.ts';

async function failureOf(words: string[]): Promise<{ exitCode?: number; message?: string; hint?: string }> {
  const program = await createProgram(words);
  rememberCall(words);
  return program.parseAsync(words, { from: 'user' }).then(
    () => ({}),
    (error: unknown) => error as { exitCode?: number; message?: string; hint?: string },
  );
}

test.each([
  ['transactions send --amount 5 --as', '', '--as is empty'],
  ['audit ls --actor', ' ', '--actor is empty'],
  ['decisions ls --policy', '', '--policy is empty'],
  ['logs --request', '', '--request is empty'],
  ['offers ls --data-dir', '', '--data-dir is empty'],
  ['transactions import spending.csv --rejects', '', '--rejects is empty'],
])('%s %p is refused: a script meant a variable that is not set', async (words, value, message) => {
  expect(await failureOf([...words.split(' '), value])).toMatchObject({ exitCode: EXIT.usage, message });
});

test.each([
  ['offers ls --page 1 --page=2', '--page has 2 values', 'ecs offers ls --page 1'],
  ['up -p 1 --port 2', '--port has 2 values', 'ecs up --port 1'],
  ['offers ls --url http://a --url http://b', '--url has 2 values', 'ecs offers ls --url http://a'],
  ['reviews ls --state open --state all', '--state has 2 values', 'ecs reviews ls --state open'],
])('%s is refused, as a parameter that comes twice is by the API', async (words, message, step) => {
  const failure = await failureOf(words.split(' '));
  expect(failure).toMatchObject({ exitCode: EXIT.usage, message });
  expect(failure.hint?.split('\n')[0]).toContain(step);
});

test.each([
  ['offers accept 7 --timeout 5', '--timeout needs --wait', '--wait'],
  ['erase ada@example.com --timeout 5', '--timeout needs --wait', '--wait'],
  ['listen --secret whsec_AAAA', '--secret needs --forward-to', '--forward-to URL'],
  ['login ada@example.com --password-file a --password-stdin', 'exclude each other', '--password-file a'],
  ['transactions simulate --users 2 --as ada@example.com', 'exclude each other', '--users 2'],
  ['doctor --health --port 5', 'exclude each other', '--health'],
  ['transactions import a.csv --resume --restart', '--resume and --restart exclude each other', '--resume'],
  ['decisions replay --last 5 --all', '--last and --all exclude each other', '--last 5'],
  ['up --replicas gateway=2', '--replicas needs --split', '--split'],
])('%s is refused, with what would do: %s', async (words, message, step) => {
  const failure = await failureOf(words.split(' '));
  expect(failure.exitCode).toBe(EXIT.usage);
  expect(failure.message).toContain(message);
  expect(failure.hint).toContain(step);
});

test('a flag that may stand repeatedly keeps all values, and one with the same value twice has one', async () => {
  const program = await createProgram('all');
  const find = (...names: string[]) =>
    names.reduce<Command | undefined>(
      (at, name) => at?.commands.find((command) => command.name() === name),
      program,
    );
  const ran: unknown[] = [];
  find('operators', 'add')?.action((_, flags) => void ran.push(flags));
  find('offers', 'ls')?.action((flags) => void ran.push(flags));
  const words = ['operators', 'add', 'ada', '--role', 'risk', '--role', 'viewer'];
  await program.parseAsync(words, { from: 'user' });
  await program.parseAsync(['offers', 'ls', '--page', '2', '--page', '2'], { from: 'user' });
  expect(ran).toMatchObject([{ role: ['risk', 'viewer'] }, { page: '2' }]);
});
