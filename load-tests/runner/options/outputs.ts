import { ConfigError } from '../protocol/endings.ts';
import { parseDuration } from './duration.ts';

/** A file that gets every sample: `--out json=FILE`, `csv=FILE`, `csv=fileName=FILE,timeFormat=rfc3339`. */
export type Output = { kind: 'json'; file: string } | { kind: 'csv'; file: string; timeFormat: TimeFormat };

/** How a line of CSV writes its time. */
export type TimeFormat = (typeof TIME_FORMATS)[number];

const TIME_FORMATS = ['unix', 'unix_milli', 'unix_micro', 'unix_nano', 'rfc3339', 'rfc3339_nano'] as const;

/** The variable of each setting of CSV, which the flag's own setting goes before. */
const VARIABLES = {
  fileName: 'K6_CSV_FILENAME',
  timeFormat: 'K6_CSV_TIME_FORMAT',
  saveInterval: 'K6_CSV_SAVE_INTERVAL',
} as const;
type CsvSettings = { [Name in keyof typeof VARIABLES]?: string | undefined };
type Env = Record<string, string | undefined>;

/** Reads one `--out`. Throws a ConfigError for an output of another kind, and for an unknown setting. */
export function readOutput(text: string, env: Env): Output {
  const [kind = '', ...rest] = text.split('=');
  const target = rest.join('=');
  if (kind === 'json') return { kind, file: target };
  if (kind === 'csv') return readCsv({ ...settingsOf(env), ...settingsIn(target) });
  throw new ConfigError(`--out ${kind} is not offered: json=FILE and csv=FILE are`);
}

/** Returns the file that a `--out` names; empty without one. */
export function fileOfOutput(text: string): string {
  const target = text.replace(/^\w+=/, '');
  return /(?:^|,)fileName=([^,]*)/.exec(target)?.[1] ?? target;
}

function readCsv({ fileName = 'file.csv', timeFormat = 'unix', saveInterval = '1s' }: CsvSettings): Output {
  // Lines are written as they come, which is within every interval.
  parseDuration(saveInterval, '--out csv: saveInterval');
  const format = TIME_FORMATS.find((candidate) => candidate === timeFormat);
  if (format) return { kind: 'csv', file: fileName, timeFormat: format };
  throw new ConfigError(`--out csv: timeFormat ${timeFormat} is none of ${TIME_FORMATS.join(', ')}`);
}

function settingsOf(env: Env): CsvSettings {
  const set = Object.entries(VARIABLES).filter(([, variable]) => env[variable]);
  return Object.fromEntries(set.map(([name, variable]) => [name, env[variable]]));
}

/** As in k6, a text without `=` is the file. */
function settingsIn(target: string): CsvSettings {
  if (target === '') return {};
  if (!target.includes('=')) return { fileName: target };
  const pairs = target.split(',').map((pair) => pair.split(/=(.*)/s, 2));
  const stray = pairs.find(([name = '', value]) => value === undefined || !Object.hasOwn(VARIABLES, name));
  if (stray === undefined) return Object.fromEntries(pairs) as CsvSettings;
  const names = Object.keys(VARIABLES).join(', ');
  throw new ConfigError(`--out csv has no setting ${stray[0]}: it has ${names}, each with its value`);
}
