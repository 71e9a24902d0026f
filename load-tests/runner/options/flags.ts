import { ConfigError } from '../protocol/endings.ts';
import { splitPair } from './option-values.ts';

/** The flags that set options of the script, as k6 has them; `ecs load run` passes them to the runner. */
export interface Flag {
  name: string;
  short?: string;
  /** The placeholder of its value; none for a switch. */
  value?: string;
  /** Whether it may be given several times. */
  isList?: true;
  /** The value that it has when none is given. */
  implied?: string;
  option: string;
  summary: string;
}

export const OPTION_FLAGS: Flag[] = [
  { name: 'vus', short: 'u', value: 'n', option: 'vus', summary: 'virtual users' },
  { name: 'duration', short: 'd', value: 'time', option: 'duration', summary: 'how long, as 30s or 5m' },
  { name: 'iterations', short: 'i', value: 'n', option: 'iterations', summary: 'how many in all' },
  list('stage', 'time:n', 'stages', 'a stage of a ramp', 's'),
  text('execution-segment', 'from:to', 'executionSegment', 'the part of the test to run, as 0:1/4'),
  text('execution-segment-sequence', 'list', 'executionSegmentSequence', 'all parts, as 0,1/4,1'),
  toggle('no-setup', 'noSetup', 'leave setup() out'),
  toggle('no-teardown', 'noTeardown', 'leave teardown() out'),
  text('max-redirects', 'n', 'maxRedirects', 'redirects to follow'),
  text('batch', 'n', 'batch', 'parallel requests of a batch'),
  text('batch-per-host', 'n', 'batchPerHost', 'parallel requests of a batch to a host'),
  text('rps', 'n', 'rps', 'requests a second at the most'),
  text('user-agent', 'text', 'userAgent', 'the User-Agent of requests'),
  { ...text('http-debug', 'headers|full', 'httpDebug', 'log requests and responses'), implied: 'headers' },
  toggle('insecure-skip-tls-verify', 'insecureSkipTLSVerify', 'accept any certificate'),
  toggle('no-connection-reuse', 'noConnectionReuse', 'a connection per request'),
  toggle('no-vu-connection-reuse', 'noVUConnectionReuse', 'no connection outlives an iteration'),
  text('min-iteration-duration', 'time', 'minIterationDuration', 'the least time of an iteration'),
  { ...toggle('throw', 'throw', 'requests that fail throw'), short: 'w' },
  list('blacklist-ip', 'range', 'blacklistIPs', 'addresses that are not called'),
  list('block-hostnames', 'pattern', 'blockHostnames', 'hosts that are not called'),
  text('summary-trend-stats', 'list', 'summaryTrendStats', 'columns of the summary, as avg,p(99)'),
  text('summary-time-unit', 'unit', 'summaryTimeUnit', 's, ms or us'),
  list('system-tags', 'list', 'systemTags', 'the tags that metrics have'),
  list('tag', 'name=value', 'tags', 'a tag of all metrics'),
  toggle('discard-response-bodies', 'discardResponseBodies', 'keep no bodies'),
  text('dns', 'ttl=..,select=..,policy=..', 'dns', 'how names are resolved'),
];

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

/** Returns the options that the flags set. Throws a ConfigError for a value that cannot be read. */
export function optionsOfFlags(values: Values): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const { name, option, isList } of OPTION_FLAGS) {
    const value = values[name];
    if (value !== undefined) fields[option] = isList ? readItems(name, value as string[]) : value;
  }
  return fields;
}

function readItems(name: string, items: string[]): unknown {
  if (name === 'tag') return Object.fromEntries(items.map(readTag));
  const texts = items.flatMap((item) => item.split(','));
  return name === 'stage' ? texts.map(readStageText) : texts;
}

/** Returns `10s:5` as a stage of ten seconds to five users. */
export function readStageText(text: string): { duration: string; target: string } {
  const [duration = '', target] = text.trim().split(':');
  if (!duration || !target) throw new ConfigError(`--stage takes TIME:USERS, not ${text}`);
  return { duration, target };
}

function readTag(text: string): [string, string] {
  const pair = splitPair(text, '=');
  if (!pair || pair[1] === '') throw new ConfigError(`--tag takes NAME=VALUE, not ${text}`);
  return pair;
}

function text(name: string, value: string, option: string, summary: string): Flag {
  return { name, value, option, summary };
}

function toggle(name: string, option: string, summary: string): Flag {
  return { name, option, summary };
}

function list(name: string, value: string, option: string, summary: string, short?: string): Flag {
  return { name, value, isList: true, option, summary, ...(short ? { short } : {}) };
}
