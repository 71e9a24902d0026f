import type { Report } from './report-data.ts';
import { escapeHtml } from './escape-html.ts';

interface TestCase {
  name: string;
  failure?: string;
}

/**
 * Returns a run as JUnit's XML, for CI: a test case a threshold and a check, and one of the run itself, which
 * fails with any exit code but 0.
 */
export function junitReport({ file, exitCode, finishedAt, metrics, checks, state }: Report): string {
  const seconds = (state.testRunDurationMs / 1000).toFixed(3);
  const run = { name: 'exit code', ...(exitCode === 0 ? {} : { failure: `exit code ${exitCode}` }) };
  const thresholds = Object.entries(metrics).flatMap(([metric, { thresholds: judged = {}, values }]) =>
    Object.entries(judged).map(([source, { ok }]): TestCase => {
      const name = `${metric}: ${source}`;
      return ok ? { name } : { name, failure: `crossed: ${valuesText(values)}` };
    }),
  );
  const checkCases = checks.map(({ path, passes, fails }): TestCase => {
    const name = path.replace(/^::/, '').replaceAll('::', ' > ');
    return fails === 0 ? { name } : { name, failure: `${fails} of ${passes + fails} failed` };
  });
  const suites = { run: [run], thresholds, checks: checkCases };
  const all = Object.values(suites).flat();
  const times = `time="${seconds}" timestamp="${finishedAt}"`;
  const open = `<testsuites name="${xmlText(file)}" ${countsOf(all)} ${times}>`;
  const parts = Object.entries(suites).map(([name, cases]) => suiteOf(name, cases));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${open}\n${parts.join('')}</testsuites>\n`;
}

function countsOf(cases: TestCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  return `tests="${cases.length}" failures="${failures}" errors="0"`;
}

function suiteOf(suite: string, cases: TestCase[]): string {
  const lines = cases.map(({ name, failure }) => {
    const open = `    <testcase classname="${suite}" name="${xmlText(name)}"`;
    if (failure === undefined) return `${open}/>\n`;
    return `${open}>\n      <failure message="${xmlText(failure)}"/>\n    </testcase>\n`;
  });
  return `  <testsuite name="${suite}" ${countsOf(cases)}>\n${lines.join('')}  </testsuite>\n`;
}

/** XML has no place for control characters and U+FFFE, U+FFFF, not even escaped. */
const xmlText = (text: string): string => escapeHtml(text.replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, ' '));

const valuesText = (values: Record<string, number>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
