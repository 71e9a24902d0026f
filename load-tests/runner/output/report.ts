import { readFileSync, writeFileSync } from 'node:fs';
import pc from 'picocolors';
import { compareReports, comparisonText, type ComparedReport } from './compare.ts';
import type { Report } from './report-data.ts';
import { keepRunReport, toRunReport } from './run-report.ts';
import { ConfigError } from '../protocol/endings.ts';
import { junitReport } from './junit.ts';
import { htmlReport } from './html-report.ts';
import { type Origin, originOf } from './run-origin.ts';
import type { Options } from '../options/options.ts';
import type { Output } from '../options/outputs.ts';
import { createRedaction } from '../options/secrets.ts';
import type { Metric, MetricStore } from '../metrics/metric-store.ts';
import type { Sample } from '../protocol/metrics.ts';
import { createProgress } from './progress.ts';
import { openOutputs } from './sample-outputs.ts';
import type { SummaryFiles } from '../script/summary-files.ts';
import { type RunResult, runTest } from '../execution/run.ts';
import type { RunRequest } from '../execution/context.ts';
import { exportOf } from '../metrics/summary.ts';
import { requireWritable, writeText } from './write-files.ts';
import { PLAIN, type Paint, summaryText } from './summary-text.ts';
import { generatorText, systemText } from './report-text.ts';

/** A test, with everything that is to be printed and written of it. */
interface ReportRequest extends Omit<RunRequest, 'log' | 'onStart' | 'onTick' | 'onSample'> {
  /** The whole report as JSON on stdout, in the summary's place. */
  json: boolean;
  /** JUnit's XML on stdout, in the summary's place. */
  junit: boolean;
  quiet: boolean;
  /** Shows `console.debug`. */
  verbose: boolean;
  outputs: Output[];
  summaryExport: string | undefined;
  html: string | undefined;
  /** A report of an earlier run, as `--json` printed it. */
  compare: string | undefined;
  /** The folder that keeps a report of each run, for the console. */
  reports: string | undefined;
}

/** Prints and writes the report of a test; returns the exit code. Throws a RunError when it cannot begin. */
export async function runAndReport(request: ReportRequest): Promise<number> {
  const earlier = request.compare === undefined ? null : readEarlier(request.compare);
  requireWritable('--summary-export', request.summaryExport);
  requireWritable('--html', request.html);
  for (const { file } of request.outputs) requireWritable('--out', file);
  const outputs = openOutputs(request.outputs);
  const progress = createProgress(process.stderr, request, createRedaction(request.secrets));
  let options: Options | undefined;
  const result = await runTest({
    ...request,
    log: progress.log,
    onStart: (inForce, style) => {
      options = inForce;
      progress.begin(inForce, style);
    },
    onTick: progress.tick,
    ...(outputs.length > 0 && {
      onSample: (sample: Sample, metric: Metric) => outputs.forEach((output) => output.add(sample, metric)),
    }),
  }).finally(progress.end);
  await Promise.all(outputs.map((output) => output.close()));
  const report = reportOf(request.file, result, originOf(request.env, options));
  const comparison = earlier ? compareReports(earlier, report) : null;
  const paint = process.stdout.isTTY && !request.noColor ? COLORS : PLAIN;
  const sections = [
    generatorText(result.generator),
    ...(result.system ? [systemText(result.system)] : []),
    ...(comparison ? [comparisonText(comparison)] : []),
  ].join('\n');
  if (request.json || request.junit) {
    const json = () => `${JSON.stringify({ ...report, ...(comparison ? { comparison } : {}) }, null, 2)}\n`;
    process.stdout.write(request.junit ? junitReport(report) : json());
    if (result.summaryFiles) writeSummaryFiles(result.summaryFiles, progress.log, true);
  } else if (result.summaryFiles) {
    writeSummaryFiles(result.summaryFiles, progress.log, false);
  } else if (request.summary) {
    process.stdout.write(`${summaryText(result.data, result.store, paint)}${sections}\n`);
  }
  if (request.summaryExport) {
    const text = `${JSON.stringify(exportOf(result.data), null, 4)}\n`;
    writeText('--summary-export', request.summaryExport, text);
  }
  if (request.html) writeText('--html', request.html, htmlReport(report, comparison));
  if (request.reports !== undefined) keepRunReport(request.reports, toRunReport(report));
  return result.exitCode;
}

const COLORS: Paint = { good: pc.green, bad: pc.red, value: pc.cyan, faint: pc.dim, bold: pc.bold };

function reportOf(file: string, result: RunResult, origin: Origin): Report {
  const { data, generator, system, timeline, exitCode, style, store } = result;
  return {
    file,
    origin,
    samples: samplesOf(store),
    finishedAt: new Date().toISOString(),
    exitCode,
    style,
    ...data,
    checks: store.checks,
    generator,
    system,
    timeline,
  };
}

function samplesOf({ metrics }: MetricStore): Record<string, number> {
  const countOf = ({ type, sink }: Metric) =>
    type === 'rate'
      ? (sink.get('passes', 0) ?? 0) + (sink.get('fails', 0) ?? 0)
      : (sink.get('count', 0) ?? 0);
  return Object.fromEntries([...metrics.values()].map((metric) => [metric.name, countOf(metric)]));
}

/** As k6 does it: `stdout` and `stderr` are printed, every other key is a file. */
function writeSummaryFiles(files: SummaryFiles, log: RunRequest['log'], isStdoutTaken: boolean): void {
  for (const [name, content] of Object.entries(files)) {
    try {
      if (name === 'stdout') (isStdoutTaken ? process.stderr : process.stdout).write(content);
      else if (name === 'stderr') process.stderr.write(content);
      else writeFileSync(name, content);
    } catch (error) {
      log('error', `handleSummary: could not write ${name}: ${(error as Error).message}`);
    }
  }
}

function readEarlier(file: string): ComparedReport {
  try {
    // `ecs load run --json` puts the report into an envelope.
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as ComparedReport & { data?: ComparedReport };
    const earlier = parsed.data ?? parsed;
    if (typeof earlier.metrics === 'object') return earlier;
  } catch {
    // Reported below, like a file of another kind.
  }
  throw new ConfigError(`--compare: ${file} is not a report of an earlier run (ecs load run --json > F)`);
}
