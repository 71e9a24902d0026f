import { expect, test } from 'bun:test';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { formatHelp } from '../../cli/ui/help.ts';
import { faultsOf } from './paste.ts';

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const helpsAt = async (columns: number) =>
  all(await createProgram('all')).map((command) => formatHelp(command, command.createHelp(), columns));

test.each([60, 80, 120])('no line of any help is longer than a terminal of %i columns', async (columns) => {
  const lines = (await helpsAt(columns)).flatMap((help) => help.split('\n'));
  expect(lines.filter((line) => Bun.stringWidth(line) > columns)).toEqual([]);
});

test('an example that is broken for a narrow terminal can still be pasted', async () => {
  const examples = (await helpsAt(60)).flatMap((help) =>
    [...Bun.stripANSI(help).matchAll(/^ {2}\$ ((?:.*\\\n)*.*)$/gm)].map(([, text = '']) => text),
  );
  const broken = examples.filter((text) => text.includes('\\\n'));
  expect(broken.length).toBeGreaterThan(10);
  expect(await faultsOf(broken)).toEqual([]);
});
