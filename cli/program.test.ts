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
