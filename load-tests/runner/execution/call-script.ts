import { EXIT, RunError, ScriptError } from '../protocol/endings.ts';
import type { User } from '../script/user.ts';

interface ScriptCall {
  name: 'setup' | 'teardown' | 'handleSummary';
  args: (string | undefined)[];
  timeoutMs: number;
}

/**
 * Calls a function of the script on a user of its own, as k6 does. Returns the JSON of its result. Throws a
 * RunError when it threw or took too long.
 */
export async function callScript(
  openUser: () => Promise<User>,
  call: ScriptCall,
): Promise<string | undefined> {
  const user = await openUser();
  try {
    return await callOn(user, call);
  } finally {
    await user.close();
  }
}

async function callOn(user: User, { name, args, timeoutMs }: ScriptCall): Promise<string | undefined> {
  const timeout = Bun.sleep(timeoutMs).then(() => 'timeout' as const);
  const outcome = await Promise.race([user.run({ kind: 'call', name, args }), timeout]);
  if (outcome === 'timeout') {
    const exitCode = name === 'setup' ? EXIT.setupTimeout : EXIT.teardownTimeout;
    throw new RunError(`${name}() execution timed out after ${timeoutMs / 1000} seconds`, exitCode);
  }
  if (outcome.kind === 'aborted') {
    throw new RunError(`test aborted: ${outcome.reason}`, outcome.exitCode ?? EXIT.aborted);
  }
  if (outcome.kind === 'crashed') throw new ScriptError(outcome.error);
  if (outcome.kind === 'interrupted') throw new ScriptError(`${name}() was interrupted`);
  if (outcome.error !== undefined) throw new ScriptError(outcome.error);
  return outcome.result;
}
