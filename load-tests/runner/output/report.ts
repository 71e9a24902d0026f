import { readFileSync, writeFileSync } from 'node:fs';
import pc from 'picocolors';
import { compareReports, comparisonText, type Earlier } from './compare.ts';
import type { Report } from './report-data.ts';
import { ConfigError } from '../core/failures.ts';
import { htmlReport } from './html-report.ts';
import { createProgress } from './progress.ts';
import { type RunResult, runTest } from '../execution/run.ts';
import type { RunRequest } from '../execution/scenarios.ts';
import { exportOf } from '../metrics/summary.ts';
import { PLAIN, type Paint, summaryText } from './summary-text.ts';
import { generatorText, systemText } from './extra-text.ts';

/** A test with everything that is printed and written of it. */
export interface ReportRequest extends Pick<RunRequest, 'file' | 'env' | 'overrides' | 'opsUrls' | 'signal'> {
  /** The whole report as JSON on stdout, in the summary's place. */
  json: boolean;
  quiet: boolean;
  summaryExport: string | undefined;
  html: string | undefined;
  /** A report of an earlier run, as `--json` printed it. */
  compare: string | undefined;
}

/** The exit code. Throws a RunError when the test could not begin. */
export async function runAndReport(request: ReportRequest): Promise<number> {
  const earlier = request.compare === undefined ? null : readEarlier(request.compare);
  const progress = createProgress(process.stderr, request.quiet);
  const result = await runTest({
    ...request,
    log: progress.log,
    onStart: progress.begin,
    onTick: progress.tick,
  }).finally(progress.end);
  const report = reportOf(request.file, result);
  const comparison = earlier ? compareReports(earlier, report) : null;
  const paint = process.stdout.isTTY && !request.json ? COLOURS : PLAIN;
  const sections = [
    generatorText(result.generator),
    ...(result.system ? [systemText(result.system)] : []),
    ...(comparison ? [comparisonText(comparison)] : []),
  ].join('\n');
  if (request.json) {
    process.stdout.write(
      `${JSON.stringify({ ...report, ...(comparison ? { comparison } : {}) }, null, 2)}\n`,
    );
    if (result.handled) writeHandled(result.handled, progress.log, true);
  } else if (result.handled) {
    writeHandled(result.handled, progress.log, false);
  } else {
    process.stdout.write(`${summaryText(result.data, result.store, paint)}${sections}\n`);
  }
  if (request.summaryExport) {
    writeFileSync(request.summaryExport, `${JSON.stringify(exportOf(result.data), null, 4)}\n`);
  }
  if (request.html) writeFileSync(request.html, htmlReport(report, comparison));
  return result.exitCode;
}

const COLOURS: Paint = { good: pc.green, bad: pc.red, value: pc.cyan, faint: pc.dim, bold: pc.bold };

function reportOf(file: string, result: RunResult): Report {
  const { data, generator, system, timeline, exitCode, style, store } = result;
  return {
    file,
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

/** As k6 does it: `stdout` and `stderr` are printed, every other key is a file. */
function writeHandled(handled: Record<string, unknown>, log: RunRequest['log'], stdoutTaken: boolean): void {
  for (const [target, content] of Object.entries(handled)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    try {
      if (target === 'stdout') (stdoutTaken ? process.stderr : process.stdout).write(text);
      else if (target === 'stderr') process.stderr.write(text);
      else writeFileSync(target, text);
    } catch (error) {
      log('error', `handleSummary: could not write ${target}: ${(error as Error).message}`);
    }
  }
}

function readEarlier(file: string): Earlier {
  try {
    // `ecs load run --json` puts the report into an envelope.
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as Earlier & { data?: Earlier };
    const earlier = parsed.data ?? parsed;
    if (typeof earlier.metrics === 'object') return earlier;
  } catch {
    // Told below, like a file of another kind.
  }
  throw new ConfigError(`--compare: ${file} is no report of an earlier run (ecs load run --json > F)`);
}
