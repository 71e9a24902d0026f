import { expect, test } from 'bun:test';
import { createProgram } from './program.ts';

test('the help of the program, which loads no command, is the one of the commands themselves', async () => {
  const outlined = (await createProgram([])).helpInformation();
  expect(outlined).toBe((await createProgram('all')).helpInformation());
});

test('a command that is named is loaded with its flags, and no other', async () => {
  const program = await createProgram(['status']);
  expect(program.commands.map((command) => command.name())).toEqual(['status']);
  expect(program.commands[0]?.options.map(({ long }) => long)).toContain('--watch');
});

test('every ls is a list as well, and reprocess keeps the name that it had', async () => {
  const program = await createProgram('all');
  const children = program.commands.flatMap(({ commands }) => commands);
  const lists = children.filter((command) => command.name() === 'ls');
  expect(lists.length).toBeGreaterThan(10);
  expect(lists.map((command) => command.alias())).toEqual(lists.map(() => 'list'));
  expect(children.filter((command) => command.name() === 'list')).toEqual([]);
  expect(children.find((command) => command.name() === 'reprocess')?.alias()).toBe('replay');
});

test('-v is --verbose of a load test, as to k6, and the version elsewhere', async () => {
  const shortOf = async (words: string[]) => {
    const { options } = await createProgram(words);
    return options.find(({ long }) => long === '--version')?.short;
  };
  expect(await shortOf(['status'])).toBe('-v');
  const words = ['load', 'run', 'test.js', '-v'];
  expect(await shortOf(words)).toBeUndefined();
  const load = (await createProgram(words)).commands.find((command) => command.name() === 'load');
  const run = load?.commands.find((command) => command.name() === 'run');
  expect(run?.options.find(({ short }) => short === '-v')?.long).toBe('--verbose');
});

test('an argument without a text, as of a variable that is not set, is a usage error of every command', async () => {
  const calls = [
    ['trace', ''],
    ['customers', 'show', ' '],
    ['erase', '', '--yes', '--by', 'ada'],
    ['logs', ''],
  ];
  for (const words of calls) {
    const program = await createProgram(words);
    const failure = await program.parseAsync(words, { from: 'user' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ exitCode: 2, message: expect.stringMatching(/^\w+ is empty$/) });
  }
});
