import { programOf } from '../harness/programs.ts';
import { findMisunderstood } from './paste.ts';
import { temporaryFolder } from '../harness/engines.ts';

/** The command line as it is typed, in processes of its own, with a configuration folder of its own. */
const MAIN = programOf('cli/main.ts');

interface RunOptions {
  stdin?: string;
  env?: Record<string, string>;
  cwd?: string;
}

interface Ran {
  stdout: string;
  stderr: string;
  code: number;
}

/** The variables of the tester's own environment that would change the meaning of a command. */
const STRIPPED =
  /^(ECS_|DATABASE_URL|NATS_URL|REDIS_URL|SECRET_KEY|INTERNAL_SERVICE|OPS_PORT|CI$|FORCE_COLOR)/;

interface TerminalOptions {
  columns?: number;
  env?: Record<string, string>;
}

interface Always {
  args?: string[] | (() => string[]);
  env?: Record<string, string>;
  /** Words before the command line, such as a program that runs it with fewer rights. */
  before?: string[];
}

export function createCli(always: Always = {}) {
  const configDir = temporaryFolder();
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !STRIPPED.test(name)));

  const { args: alwaysArgs = [] } = always;
  const start = (args: string[], options: RunOptions = {}) =>
    Bun.spawn(
      [
        ...(always.before ?? []),
        process.execPath,
        MAIN,
        ...args,
        ...(typeof alwaysArgs === 'function' ? alwaysArgs() : alwaysArgs),
      ],
      {
        stdin: options.stdin === undefined ? 'ignore' : new Blob([options.stdin]),
        stdout: 'pipe',
        stderr: 'pipe',
        cwd: options.cwd ?? configDir,
        env: { ...inherited, NO_COLOR: '1', ECS_CONFIG_DIR: configDir, ...always.env, ...options.env },
      },
    );

  const ecs = async (args: string[], options: RunOptions = {}): Promise<Ran> => {
    const child = start(args, options);
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    const misunderstood = await findMisunderstood(stderr);
    if (misunderstood.length > 0) throw new Error(`steps that cannot be pasted: ${misunderstood.join('; ')}`);
    return { stdout, stderr, code };
  };

  /** Returns the `data` of a success; throws the command's output when it failed. */
  const data = async <T>(args: string[], options: RunOptions = {}): Promise<T> => {
    const { stdout, stderr, code } = await ecs([...args, '--json'], options);
    if (code !== 0) throw new Error(stderr);
    return (JSON.parse(stdout) as { data: T }).data;
  };

  /** Starts it in a terminal, as a person sees it. */
  const startInTerminal = (args: string[], { columns = 60, env = {} }: TerminalOptions = {}) => {
    const decoder = new TextDecoder();
    let output = '';
    const child = Bun.spawn([process.execPath, MAIN, ...args], {
      cwd: configDir,
      env: { ...inherited, NO_COLOR: '1', ECS_CONFIG_DIR: configDir, TERM: 'xterm', ...always.env, ...env },
      terminal: {
        cols: columns,
        rows: 24,
        data: (_, bytes) => void (output += decoder.decode(bytes, { stream: true })),
      },
    });
    return {
      exited: child.exited,
      output: () => output,
      type: (keys: string) => child.terminal?.write(keys),
    };
  };

  return { ecs, data, start, startInTerminal, configDir };
}

/** One envelope and nothing else. */
export function envelopeOf({ stdout }: Ran) {
  return JSON.parse(stdout) as {
    ok: boolean;
    data?: Record<string, unknown>;
    error?: { code: string; message: string; exitCode: number; hint?: string };
  };
}
