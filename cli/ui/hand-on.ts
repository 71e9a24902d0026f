import { CliError, EXIT, printJson, talk } from './output.ts';

/**
 * Runs a script of ours as a process of its own, with its output as ours; JSON is put into an envelope.
 * Throws a CliError with its exit code.
 */
export async function handOn(
  script: string,
  args: string[],
  options: { failure: string; json: boolean },
): Promise<void> {
  const child = Bun.spawn([process.execPath, script, ...args], {
    stdio: ['ignore', options.json ? 'pipe' : 'inherit', 'inherit'],
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  const output = options.json && child.stdout ? await new Response(child.stdout).text() : '';
  const code = await child.exited;
  const data = options.json ? readDocument(output) : undefined;
  if (code !== 0) throw new CliError(options.failure, code, undefined, { data, isSaid: code === EXIT.usage });
  if (options.json) printJson(data);
}

/** The JSON that a script printed last; the output before it is talk. */
export function readDocument(text: string): unknown {
  const start = /^[[{]/m.exec(text)?.index ?? text.length;
  if (start > 0 && text.slice(0, start).trim() !== '') talk(text.slice(0, start).trimEnd());
  try {
    return JSON.parse(text.slice(start));
  } catch {
    return undefined;
  }
}
