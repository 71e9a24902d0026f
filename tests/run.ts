import { ensurePrograms } from '../cli/engines/install.ts';
import { CliError } from '../cli/output.ts';

/** A shared machine may be slow; what a test waits for has its own, shorter deadline. */
const TEST_MS = 60_000;

/** `npm test`: installs what the tests need, runs them all, and closes with a line that counts them. */
async function main(): Promise<number> {
  ensurePrograms(['postgres', 'initdb', 'nats', 'redis']);
  const child = Bun.spawn([process.execPath, 'test', `--timeout=${TEST_MS}`, ...process.argv.slice(2)], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'pipe',
    env: { ...process.env, NODE_ENV: 'test' },
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  const decoder = new TextDecoder();
  let report = '';
  for await (const chunk of child.stderr) {
    process.stderr.write(chunk);
    report += decoder.decode(chunk, { stream: true });
  }
  const code = await child.exited;
  const count = (word: string) =>
    Number([...report.matchAll(new RegExp(`^\\s*(\\d+) ${word}$`, 'gm'))].at(-1)?.[1] ?? 0);
  // An error outside of any test fails the run without failing a test.
  const failed = count('fail') + count('errors?') || (code === 0 ? 0 : 1);
  console.log(`${count('pass')} passed, ${failed} failed`);
  return failed > 0 ? 1 : code;
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  console.error(`${error.message}${error.hint ? `\ntry: ${error.hint}` : ''}`);
  process.exit(1);
}
