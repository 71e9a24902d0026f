import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../deploy/local/processes/process-id.ts';
import { readState } from '../../deploy/local/stack/state.ts';

const MAIN = join(import.meta.dir, 'main.ts');
const STARTS_MS = 90_000;

describe('npm run dev', () => {
  test(
    'runs a service under a debugger beside the whole system, and ends everything on Ctrl-C',
    async () => {
      const child = Bun.spawn([process.execPath, MAIN, 'credit'], { stdout: 'pipe', stderr: 'inherit' });
      try {
        const report = await readUntil(child.stdout, 'Ctrl-C ends everything');
        const valueOf = (name: string) => new RegExp(`^  ${name} +(\\S+)$`, 'm').exec(report)?.[1] ?? '';
        expect((await fetch(valueOf('probes'))).status).toBe(200);
        expect((await fetch(`${valueOf('gateway')}/readyz`)).status).toBe(200);

        const dataDir = join(valueOf('other logs'), '..');
        const processes = readState(dataDir)?.children ?? [];
        const service = processes.find(({ name }) => name === 'credit');
        expect(await evaluate(valueOf('debugger'), 'process.pid')).toBe(service?.pid);

        child.kill('SIGINT');
        expect(await child.exited).toBe(0);
        expect(processes.length).toBeGreaterThan(8);
        expect(processes.filter((process) => isAlive(process))).toEqual([]);
        expect(existsSync(dataDir)).toBe(false);
      } finally {
        child.kill('SIGTERM');
        await child.exited;
      }
    },
    STARTS_MS,
  );

  test('names the services when the argument is none of them', async () => {
    const child = Bun.spawn([process.execPath, MAIN, 'credits'], { stdout: 'pipe', stderr: 'pipe' });
    expect(await new Response(child.stderr).text()).toContain('services: gateway, emotion-ingestion');
    expect(await child.exited).toBe(2);
  });
});

/** Returns the output up to a text; leaves the rest to be discarded with the process. */
async function readUntil(output: ReadableStream<Uint8Array>, text: string): Promise<string> {
  const reader = output.getReader();
  const decoder = new TextDecoder();
  let report = '';
  while (!report.includes(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`it ended with: ${report}`);
    report += decoder.decode(value, { stream: true });
  }
  return report;
}

/** Returns the value of an expression in a process that listens for a debugger. */
async function evaluate(url: string, expression: string): Promise<unknown> {
  const socket = new WebSocket(url);
  const value = Promise.withResolvers<unknown>();
  socket.addEventListener('open', () =>
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } })),
  );
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as {
      id?: number;
      result?: { result: { value: unknown } };
    };
    if (id === 1) value.resolve(result?.result.value);
  });
  socket.addEventListener('error', () => value.reject(new Error(`no debugger at ${url}`)));
  const evaluated = await value.promise;
  socket.close();
  return evaluated;
}
