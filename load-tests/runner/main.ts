import { parseArgs } from 'node:util';
import { ConfigError, RunError } from './protocol/endings.ts';
import { runAndReport } from './output/report.ts';

/**
 * `bun load-tests/runner/main.ts FILE [-e KEY=VALUE] [--vus N] [--duration D] [--iterations N] [--rate N]
 * [--stage D:N] [--json] [--summary-export F] [--html F] [--compare F] [--ops URL] [--quiet]`: runs one
 * script as a process of its own and exits as k6 would. `ecs load run` starts it.
 */
async function main(args: string[], env: Record<string, string | undefined>): Promise<number> {
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interruption.signal.aborted) process.exit(105);
      interruption.abort();
    });
  }
  try {
    const { values, positionals } = parseFlags(args);
    const [file] = positionals;
    if (!file) throw new ConfigError('the script is missing');
    const processEnv = Object.entries(env).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    );
    return await runAndReport({
      file,
      env: Object.fromEntries([...processEnv, ...(values.env ?? []).map(readPair)]),
      overrides: overridesOf(values),
      opsUrls: values.ops ?? [],
      signal: interruption.signal,
      json: values.json ?? false,
      quiet: values.quiet ?? false,
      summaryExport: values['summary-export'],
      html: values.html,
      compare: values.compare,
    });
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    process.stderr.write(`ERRO ${error.message}\n`);
    return error.exitCode;
  }
}

type Values = ReturnType<typeof parseFlags>['values'];

function parseFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        env: { type: 'string', short: 'e', multiple: true },
        vus: { type: 'string', short: 'u' },
        duration: { type: 'string', short: 'd' },
        iterations: { type: 'string', short: 'i' },
        stage: { type: 'string', short: 's', multiple: true },
        rate: { type: 'string' },
        json: { type: 'boolean' },
        quiet: { type: 'boolean', short: 'q' },
        'summary-export': { type: 'string' },
        html: { type: 'string' },
        compare: { type: 'string' },
        ops: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}

function readPair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new ConfigError(`-e takes KEY=VALUE, not ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function overridesOf({ vus, duration, iterations, stage, rate }: Values) {
  const count = (flag: string, text: string | undefined) => {
    if (text === undefined) return {};
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1) throw new ConfigError(`--${flag} must be a whole number`);
    return { [flag]: value };
  };
  const stages = stage?.map((text) => {
    const [length = '', target] = text.split(':');
    return { duration: length, target: Number(target) };
  });
  return {
    ...count('vus', vus),
    ...count('iterations', iterations),
    ...count('rate', rate),
    ...(duration === undefined ? {} : { duration }),
    ...(stages ? { stages } : {}),
  };
}

process.exit(await main(process.argv.slice(2), process.env));
