import { environment } from '../../deploy/local/environment.ts';
import { onEndingSignal } from '../../deploy/local/processes/signals.ts';
import { pc } from './colors.ts';
import { CliError, EXIT, printJson, talk } from './output.ts';

/**
 * Runs a script of this repository as a command: its output is the command's, and its JSON is put into an
 * envelope. Throws a CliError with its exit code.
 */
export async function runAsCommand(
  script: string,
  args: string[],
  options: { failure: string; json: boolean },
): Promise<void> {
  const { code, output } = await runScript(script, args, { json: options.json });
  const data = options.json ? readDocument(output) : undefined;
  if (code !== 0) throw new CliError(options.failure, code, undefined, { data, isSaid: code === EXIT.usage });
  if (options.json) printJson(data);
}

export interface ScriptResult {
  code: number;
  /** The output on stdout with `json`; otherwise it went to the terminal. */
  output: string;
}

/** Runs a script of this repository in a process of its own, and forwards the signals that end this one. */
export async function runScript(
  script: string,
  args: string[],
  options: { json: boolean; env?: Record<string, string>; stdin?: boolean },
): Promise<ScriptResult> {
  // The script sees neither --no-color nor a terminal's own reasons.
  const isPlain = process.stdout.isTTY && !pc.isColorSupported;
  const child = Bun.spawn([process.execPath, script, ...args], {
    stdio: [options.stdin ? 'inherit' : 'ignore', options.json ? 'pipe' : 'inherit', 'inherit'],
    env: { ...environment(), ...(isPlain ? { NO_COLOR: '1' } : {}), ...options.env },
    // Ctrl-C reaches it once, from here: a second one would cut its orderly end short.
    detached: true,
  });
  const ignoreSignals = onEndingSignal((signal) => child.kill(signal));
  try {
    const output = options.json && child.stdout ? await new Response(child.stdout).text() : '';
    return { code: await child.exited, output };
  } finally {
    ignoreSignals();
  }
}

/** Returns the JSON that a script printed last; the output before it goes to stderr. */
export function readDocument(text: string): unknown {
  const start = /^[[{]/m.exec(text)?.index ?? text.length;
  if (start > 0 && text.slice(0, start).trim() !== '') talk(text.slice(0, start).trimEnd());
  try {
    return JSON.parse(text.slice(start));
  } catch {
    return undefined;
  }
}
