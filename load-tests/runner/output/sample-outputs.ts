import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import { cannotWrite } from './write-files.ts';
import type { Metric } from '../metrics/metric-store.ts';
import type { Output, TimeFormat } from '../options/outputs.ts';
import type { Sample } from '../protocol/metrics.ts';

/** Every sample of a test as k6 writes it with `--out`: lines of JSON, or CSV. */
interface SampleOutput {
  add(sample: Sample, metric: Metric): void;
  /** Resolves when all is written. */
  close(): Promise<void>;
}

export const openOutputs = (outputs: Output[]): SampleOutput[] =>
  outputs.map((output) =>
    output.kind === 'json'
      ? createJsonOutput(openSink(output.file))
      : createCsvOutput(openSink(output.file), TIMES[output.timeFormat]),
  );

/** The time of a sample in each format, from Unix ms. */
const TIMES: Record<TimeFormat, (ms: number) => string> = {
  unix: (ms) => String(Math.floor(ms / 1000)),
  unix_milli: String,
  unix_micro: (ms) => `${ms}000`,
  unix_nano: (ms) => `${ms}000000`,
  rfc3339: (ms) => new Date(ms).toISOString().replace(/\.\d+/, ''),
  rfc3339_nano: (ms) => new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z'),
};

interface Sink {
  write(line: string): void;
  end(): Promise<void>;
}

/** A file, compressed when its name says so; standard output as `-` or without a name. */
function openSink(file: string): Sink {
  if (file === '' || file === '-') {
    return { write: (line) => void process.stdout.write(line), end: async () => {} };
  }
  const stream = createWriteStream(file);
  const gzip = file.endsWith('.gz') ? createGzip() : undefined;
  gzip?.pipe(stream);
  const target = gzip ?? stream;
  let failure: Error | undefined;
  stream.on('error', (error) => (failure = error));
  return {
    write: (line) => void target.write(line),
    async end() {
      target.end();
      if (!failure && !stream.closed) await once(stream, 'close').catch((error: Error) => (failure = error));
      if (failure) throw cannotWrite('--out', file, failure);
    },
  };
}

function createJsonOutput(sink: Sink): SampleOutput {
  const described = new Set<string>();
  return {
    add({ metric, value, tags }, { name, type, contains, thresholds }) {
      if (!described.has(metric)) {
        described.add(metric);
        const sources = thresholds.map(({ threshold }) => threshold.source);
        const data = { name, type, contains, tainted: null, thresholds: sources, submetrics: null };
        sink.write(`${JSON.stringify({ metric, type: 'Metric', data })}\n`);
      }
      const data = { time: new Date().toISOString(), value, tags };
      sink.write(`${JSON.stringify({ metric, type: 'Point', data })}\n`);
    },
    close: sink.end,
  };
}

/** The system tags that have a column of their own. */
const COLUMNS = (
  'check error error_code expected_response group method name proto scenario service status subproto ' +
  'tls_version url'
).split(' ');

function createCsvOutput(sink: Sink, timeOf: (ms: number) => string): SampleOutput {
  sink.write(
    `${['metric_name', 'timestamp', 'metric_value', ...COLUMNS, 'extra_tags', 'metadata'].join(',')}\n`,
  );
  return {
    add({ metric, value, tags }) {
      const extra = Object.entries(tags).filter(([name]) => !COLUMNS.includes(name));
      const extraTags = extra.map(([name, text]) => `${name}=${text}`).join('&');
      const columns = COLUMNS.map((name) => tags[name] ?? '');
      const cells = [metric, timeOf(Date.now()), value.toFixed(6), ...columns, extraTags, ''];
      sink.write(`${cells.map(quoted).join(',')}\n`);
    },
    close: sink.end,
  };
}

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
