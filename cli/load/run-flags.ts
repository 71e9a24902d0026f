import { Option } from 'commander';
import { type Flag, OPTION_FLAGS } from '../../load-tests/runner/options/flags.ts';
import type { SystemFlags } from '../config/session.ts';
import { again } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';

export type FlagValue = string | string[] | boolean | undefined;

/** The flags of `ecs load run` as Commander gives them: those of k6's options, and those of a run. */
export interface RunFlags extends SystemFlags {
  env?: string[];
  rate?: string;
  [flag: string]: FlagValue;
}

/** The flags of a run that set no option of the script. */
const RUN_FLAGS: Omit<Flag, 'option'>[] = [
  { name: 'rate', value: 'n', summary: 'iterations a second' },
  { name: 'config', short: 'c', value: 'file', summary: "options as JSON, below the script's" },
  {
    name: 'include-system-env-vars',
    value: 'true|false',
    summary: 'whether __ENV has the environment',
    implied: 'true',
  },
  { name: 'allow-net', summary: 'fetch imports over https, and pin them beside the script' },
  {
    name: 'secret-source',
    value: 'file=path',
    isList: true,
    summary: 'values for k6/secrets, which no log shows',
  },
  { name: 'no-thresholds', summary: 'judge no thresholds' },
  { name: 'no-summary', summary: 'print no summary' },
  { name: 'verbose', short: 'v', summary: 'print console.debug too' },
  { name: 'no-usage-report', summary: 'report to nobody, as always' },
  { name: 'summary-mode', value: 'compact|disabled', summary: 'whether a summary is printed' },
  { name: 'summary-format', value: 'text|junit', summary: "the summary as text, or as JUnit's XML" },
  { name: 'summary-export', value: 'file', summary: "write k6's summary as JSON" },
  {
    name: 'out',
    short: 'o',
    value: 'json=file',
    isList: true,
    summary: 'every sample, as json=FILE or csv=FILE',
  },
  { name: 'html', value: 'file', summary: 'write a report with charts, one page that needs no network' },
  {
    name: 'reports',
    value: 'folder',
    summary: 'keep a report for the console; .ecs/reports where there is .ecs',
  },
  { name: 'compare', value: 'file', summary: 'beside an earlier report (--json) with a verdict a metric' },
];

const ALL_FLAGS = [...OPTION_FLAGS, ...RUN_FLAGS];

/** Returns the flags as Commander takes them. */
export const runOptions = (): Option[] => ALL_FLAGS.map(optionOf);

export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

function optionOf({ name, short, value, isList, implied, summary }: Omit<Flag, 'option'>): Option {
  const placeholder = value === undefined ? '' : implied ? ` [${value}]` : ` <${value}>`;
  const option = new Option(`${short ? `-${short}, ` : ''}--${name}${placeholder}`, summary);
  return isList ? option.argParser(collect) : option;
}

/** Returns the arguments of the runner; `isOwn` of a scenario of ours, which its own variables scale. */
export function argsOf(flags: RunFlags, isOwn: boolean): string[] {
  if (isOwn && flags.iterations !== undefined) {
    throw new CliError(
      '--iterations goes with a file; a scenario has a duration',
      EXIT.usage,
      again({ '--iterations': null }),
    );
  }
  return [
    ...(flags.env ?? []).flatMap((pair) => ['-e', pair]),
    ...ALL_FLAGS.flatMap((flag) => argumentsOf(flag, flags, isOwn)),
    ...(flags.json ? ['--json'] : []),
    ...(flags.quiet ? ['--quiet'] : []),
  ];
}

/** Our scenarios keep their form and are scaled by variables. */
const SCALES = ['vus', 'duration', 'rate'];

function argumentsOf({ name, implied }: Omit<Flag, 'option'>, flags: RunFlags, isOwn: boolean): string[] {
  const option = new Option(`--${name}`);
  const value = flags[option.attributeName()];
  if (option.negate) return value === false ? [`--${name}`] : [];
  if (value === undefined || value === false) return [];
  if (value === true) return [implied === undefined ? `--${name}` : `--${name}=${implied}`];
  if (isOwn && SCALES.includes(name)) return ['-e', `${name.toUpperCase()}=${String(value)}`];
  return [value].flat().map((item) => `--${name}=${item}`);
}
