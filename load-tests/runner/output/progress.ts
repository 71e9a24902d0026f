import { formatDuration } from '../options/duration.ts';
import { formatTime } from './format-value.ts';
import type { Options } from '../options/options.ts';
import type { LogLevel } from '../protocol/messages.ts';
import type { Style, TickState } from '../execution/context.ts';
import { type Scenario, scenarioMs, scenarioVUs } from '../options/scenario-options.ts';

/** Shows a test live: on a terminal bars that are drawn anew each second, elsewhere a line every 5 s. */
interface ProgressView {
  begin(options: Options, style: Style): void;
  tick(state: TickState): void;
  log(level: LogLevel, text: string): void;
  end(): void;
}

const BAR = 24;
const LINE_EVERY = 5;
const LEVELS: Record<LogLevel, string> = { debug: 'DEBU', info: 'INFO', warning: 'WARN', error: 'ERRO' };

export function createProgress(
  out: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> & { columns?: number },
  { quiet, verbose }: { quiet: boolean; verbose: boolean },
  redact: (text: string) => string = (text) => text,
): ProgressView {
  const startedAt = performance.now();
  let drawn = 0;
  let ticks = 0;
  const clear = () => {
    if (drawn > 0) out.write(`\r\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  return {
    begin(options, style) {
      if (quiet) return;
      out.write(options.scenarios.map((scenario) => `  * ${describe(scenario)}\n`).join(''));
      out.write(`  users run ${style === 'workers' ? 'in workers, blocking' : 'on one event loop'}\n\n`);
    },
    tick(state) {
      if (quiet) return;
      ticks += 1;
      if (!out.isTTY) {
        if (ticks % LINE_EVERY === 0) out.write(`${lineOf(state)}\n`);
        return;
      }
      clear();
      const lines = [lineOf(state), ...state.scenarios.map(barOf)];
      out.write(`${lines.join('\n')}\n`);
      drawn = lines.reduce((rows, line) => rows + rowsOf(line, out.columns), 0);
    },
    log(level, text) {
      if (level === 'debug' && !verbose) return;
      clear();
      const seconds = String(Math.floor((performance.now() - startedAt) / 1000)).padStart(4, '0');
      out.write(`${LEVELS[level]}[${seconds}] ${redact(text)}\n`);
    },
    end: clear,
  };
}

/** The rows of a terminal that a line takes: one that is longer than a row is broken by the terminal. */
const rowsOf = (line: string, columns = Number.POSITIVE_INFINITY): number =>
  Math.max(1, Math.ceil(Bun.stringWidth(line) / columns));

function lineOf({ elapsedMs, vus, vusMax, completed, interrupted, store, moment }: TickState): string {
  const get = (name: string, aggregation: string) =>
    store.metrics.get(name)?.sink.get(aggregation, elapsedMs) ?? 0;
  const seconds = Math.round(elapsedMs / 1000);
  const clock = `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
  return (
    `running (${clock}), ${vus}/${vusMax} VUs, ` +
    `${completed} complete and ${interrupted} interrupted iterations, ${moment.requests} req/s, ` +
    `p95 ${formatTime(get('http_req_duration', 'p(95)'))}, ` +
    `failed ${(get('http_req_failed', 'rate') * 100).toFixed(2)}%` +
    (moment.lag === null ? '' : `, lag ${moment.lag}`)
  );
}

function barOf({ scenario, share, text }: TickState['scenarios'][number]): string {
  const full = Math.round(share * BAR);
  const percent = String(Math.round(share * 100)).padStart(3);
  return `${scenario} [${'='.repeat(full)}${'-'.repeat(BAR - full)}] ${percent}%  ${text}`;
}

/** Describes a scenario in a line, as k6 announces it. */
function describe(scenario: Scenario): string {
  const time = formatDuration(scenarioMs(scenario));
  const { max } = scenarioVUs(scenario);
  const load = {
    'shared-iterations': () =>
      `${(scenario as { iterations: number }).iterations} iterations shared among ${max} VUs`,
    'per-vu-iterations': () =>
      `${(scenario as { iterations: number }).iterations} iterations for each of ${max} VUs`,
    'constant-vus': () => `${max} looping VUs for ${time}`,
    'ramping-vus': () => `Up to ${max} looping VUs for ${time}`,
    'constant-arrival-rate': () =>
      `${(scenario as { rate: number }).rate} iterations per time unit for ${time}`,
    'ramping-arrival-rate': () => `a ramping rate of iterations for ${time}`,
  }[scenario.executor]();
  return `${scenario.name}: ${load} (gracefulStop: ${formatDuration(scenario.gracefulStopMs)})`;
}
