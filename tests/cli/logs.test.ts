import { expect, test } from 'bun:test';
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asCalled } from '../../cli/ui/command-line.ts';
import { eventually } from '../harness/engines.ts';
import { createCli } from './harness.ts';

const LONG_MS = 30_000;
const ID = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';

const json = (second: number, level: string, msg: string, more = {}) =>
  `${JSON.stringify({ level, time: `2026-11-28T10:00:${String(second).padStart(2, '0')}.000Z`, pid: 1, name: 'ecs', part: 'credit', ...more, msg })}\n`;

function withLogs() {
  const cli = createCli({ env: { TZ: 'UTC' } });
  const folder = join(cli.configDir, '.ecs', 'logs');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'ecs.log');
  writeFileSync(file, json(2, 'info', 'second') + json(5, 'error', 'fifth', { requestId: ID }));
  writeFileSync(
    join(folder, 'postgresql.log'),
    '2026-11-28 10:00:01.500 UTC [7] LOG:  first\n2026-11-28 10:00:03.000 UTC [7] ERROR:  third\n\tits detail\n',
  );
  writeFileSync(join(folder, 'nats.log'), '[7] 2026/11/28 10:00:04.123456 [WRN] fourth\n');
  return { ...cli, file };
}

const messagesOf = (stdout: string) =>
  stdout
    .slice(0, stdout.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { data: { message: string } }).data.message);

test(
  'lines of services and engines are merged by time, and chosen by service, level, time and request',
  async () => {
    const { ecs } = withLogs();
    const messages = async (...words: string[]) =>
      messagesOf((await ecs(['logs', ...words, '--json'])).stdout);
    expect(await messages()).toEqual(['first', 'second', 'third', '\tits detail', 'fourth', 'fifth']);
    expect(await messages('--level', 'warn')).toEqual(['third', '\tits detail', 'fourth', 'fifth']);
    expect(await messages('credit', '--lines', '1')).toEqual(['fifth']);
    expect(await messages('nats')).toEqual(['fourth']);
    expect(await messages('--since', '2026-11-28T10:00:04Z')).toEqual(['fourth', 'fifth']);
    expect(await messages('--request', ID.toUpperCase())).toEqual(['fifth']);
    expect((await ecs(['logs', 'credit', '-n', '1'])).stdout).toBe(
      `2026-11-28T10:00:05.000Z error credit fifth requestId=${ID}\n`,
    );
    expect((await ecs(['logs', 'nothing'])).code).toBe(3);
    expect((await ecs(['logs', '--url', 'http://x'])).code).toBe(2);
  },
  LONG_MS,
);

test(
  'following goes on through a rotation, a cut file, and a line that is written in two parts',
  async () => {
    const { start, file } = withLogs();
    const child = start(['logs', '--follow', '--json', '--lines', '0', 'ecs']);
    let output = '';
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of child.stdout) output += decoder.decode(chunk);
    })();
    const shows = (...messages: string[]) =>
      eventually(
        `${messages.join()} shown`,
        async () => messagesOf(output).join() === messages.join(),
        20_000,
      );
    // Its first look is over when a line of after it is shown.
    await eventually('it follows', async () => {
      if (output === '') appendFileSync(file, json(6, 'info', 'begun'));
      return output !== '';
    });
    output = '';
    const line = json(7, 'info', 'seventh');
    appendFileSync(file, line.slice(0, 20));
    appendFileSync(file, line.slice(20));
    await eventually('the line is shown', async () => messagesOf(output).at(-1) === 'seventh', 20_000);
    output = '';
    renameSync(file, `${file}.1`);
    writeFileSync(file, json(8, 'info', 'rotated'));
    await shows('rotated');
    writeFileSync(file, '');
    appendFileSync(file, json(9, 'info', 'cut'));
    await shows('rotated', 'cut');
    child.kill('SIGINT');
    expect(await child.exited).toBe(0);
    await reading;
  },
  LONG_MS,
);

test('a hint has the name that was called and the system that was chosen, unless it brings its own', () => {
  const call = { name: './ecs', flags: ["--data-dir '/tmp/a b'"] };
  expect(asCalled('ecs status, or ecs up --detach', call)).toBe(
    "./ecs --data-dir '/tmp/a b' status, or ./ecs --data-dir '/tmp/a b' up --detach",
  );
  expect(asCalled('ecs logs --data-dir .ecs; ecs profile ls', call)).toBe(
    './ecs logs --data-dir .ecs; ./ecs profile ls',
  );
  expect(asCalled('X=1 ecs up', { name: 'ecs', flags: ['--profile p'] })).toBe('X=1 ecs up');
});
