import { afterAll, expect, test } from 'bun:test';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../harness/engines.ts';
import { createCli } from './harness.ts';

const LONG_MS = 60_000;
const payload = Buffer.from(JSON.stringify({ sub: crypto.randomUUID() })).toString('base64url');
const DOCUMENT = '{"format":"ecs-export-1","data":{}}';

/** Sends the beginning of an export, and then nothing, an end of the connection, or the rest. */
let rest: 'none' | 'broken' | 'whole' = 'whole';
let requests = 0;
const server = Bun.serve({
  port: 0,
  idleTimeout: 0,
  fetch() {
    requests += 1;
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(DOCUMENT.slice(0, 10));
        if (rest === 'whole') controller.enqueue(DOCUMENT.slice(10));
        if (rest === 'whole') controller.close();
      },
      pull(controller) {
        if (rest === 'broken') controller.error(new Error('gone'));
      },
    });
    return new Response(stream, { headers: { 'content-type': 'application/json' } });
  },
});
afterAll(() => server.stop(true));

const cli = () =>
  createCli({ env: { ECS_URL: `http://localhost:${server.port}`, ECS_TOKEN: `x.${payload}.y` } });

test(
  'an export is a whole file or none, and an existing file is neither replaced nor asked for',
  async () => {
    const { ecs, start, configDir } = cli();
    const file = join(configDir, 'me.json');
    rest = 'broken';
    expect((await ecs(['export', '--out', file])).code).not.toBe(0);
    expect(existsSync(file)).toBe(false);
    rest = 'none';
    const interrupted = start(['export', '--out', file]);
    await eventually('its beginning is written', () => existsSync(file) && readFileSync(file).length > 0);
    interrupted.kill('SIGINT');
    expect(await interrupted.exited).toBe(130);
    expect(existsSync(file)).toBe(false);
    rest = 'whole';
    expect((await ecs(['export', '--out', file])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(DOCUMENT);
    const before = requests;
    writeFileSync(file, 'of the user');
    const refused = await ecs(['export', '--out', file]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`${file} exists already`) });
    expect([readFileSync(file, 'utf8'), requests]).toEqual(['of the user', before]);
  },
  LONG_MS,
);
