import { asCalled, rememberCall } from '../../cli/ui/command-line.ts';
import { formatTable } from '../../cli/ui/output.ts';
import { keepRunReport } from '../../load-tests/runner/output/run-report.ts';
import { DRILLS } from './catalogue.ts';
import { CONTROLS, runControl } from './controls.ts';
import { readOptions } from '../harness/read-options.ts';
import { type Drill, type DrillReport, NotBegun, runDrill } from './drill.ts';
import { toRunReport } from './run-report.ts';

/**
 * `bun tests/drills/main.ts ls | run NAME... [--seed N] [--events N] [--offers N] [--minutes N] [--rounds N]
 * [--seconds N] [--reports DIR] [--json]`;
 * without names, all.
 */
async function main(args: string[]): Promise<number> {
  const {
    names: [command = 'run', ...names],
    options: { seed = Math.floor(Math.random() * 2 ** 31), json, reports: folder, ...sizes },
  } = readOptions(
    args,
    {
      seed: 'number',
      events: 'number',
      offers: 'number',
      minutes: 'number',
      rounds: 'number',
      seconds: 'number',
      reports: 'text',
      json: 'flag',
    },
    true,
  );
  if (command === 'ls') {
    const list = DRILLS.map(({ name, summary, events }) => ({ name, events, summary }));
    if (json) console.log(JSON.stringify(list));
    else for (const line of formatTable(list, ['name', 'events', 'summary'])) console.log(line);
    return 0;
  }
  if (command === 'run' && names[0] === 'controls') return runControls(seed);
  const unknown = names.filter((name) => !DRILLS.some((drill) => drill.name === name));
  if (command !== 'run' || unknown.length > 0) {
    rememberCall([]);
    console.error(asCalled(`ecs: no such drill: ${unknown.join(', ') || command}\ntry: ecs drill ls`));
    return 2;
  }
  const chosen = names.length === 0 ? DRILLS : DRILLS.filter(({ name }) => names.includes(name));
  const idle = idleSizeOf(chosen, sizes);
  if (idle !== null) {
    rememberCall([]);
    console.error(asCalled(`ecs: ${idle}`));
    return 2;
  }
  const reports: DrillReport[] = [];
  let broken = 0;
  for (const drill of chosen) {
    console.error(`${drill.name}: ${drill.summary} (seed ${seed})`);
    const reason = drill.impossible?.();
    if (reason) {
      console.error(`  not run: ${reason}`);
      continue;
    }
    const note = (text: string) => console.error(`  ${text}`);
    try {
      const report = await runDrill(drill, { seed, note, ...sizes });
      for (const violation of [...report.violations, ...report.tooSlow])
        console.error(`  BROKEN ${violation}`);
      const figures = Object.entries(report.own).map(([name, value]) => `${name} ${value}`);
      if (figures.length > 0) note(figures.join(', '));
      broken += report.violations.length + report.tooSlow.length;
      reports.push(report);
      if (folder !== undefined) keepRunReport(folder, toRunReport(report));
    } catch (error) {
      // A condition that never came true is a broken promise like any other, but only once the drill has
      // begun.
      const message = error instanceof Error ? error.message : String(error);
      console.error(error instanceof NotBegun ? `  NOT BEGUN ${message}` : `  BROKEN ${message}`);
      broken += 1;
    }
  }
  if (json) console.log(JSON.stringify(reports, null, 2));
  else
    for (const line of formatTable(reports as unknown as Record<string, unknown>[], COLUMNS.split(' ')))
      console.log(line);
  return broken > 0 ? 1 : 0;
}

/** Whether an option changes a drill. */
const TAKES: Record<string, (drill: Drill) => boolean> = {
  events: ({ events }) => events > 0,
  minutes: ({ events }) => events > 0,
  rounds: ({ rounds }) => rounds !== undefined,
  seconds: ({ seconds }) => seconds !== undefined,
};

/** Returns the fault of an option that a drill would not do; null without any. */
function idleSizeOf(drills: Drill[], sizes: Record<string, number>): string | null {
  for (const [size, takes] of Object.entries(TAKES)) {
    const idle = sizes[size] === undefined ? undefined : drills.find((drill) => !takes(drill));
    if (!idle) continue;
    const able = DRILLS.filter(takes).map(({ name }) => name);
    return `--${size} says nothing to ${idle.name}\ntry: ecs drill run ${able[0]} --${size} ${sizes[size]}`;
  }
  return null;
}

/** Breaks each mechanism in a copy of the code: the drill that guards it must fail. */
async function runControls(seed: number): Promise<number> {
  const rows: Record<string, unknown>[] = [];
  for (const control of CONTROLS) {
    const { noticed, output } = await runControl(control, seed);
    const broken = [...output.matchAll(/BROKEN (.*)|(did not come true.*)/g)].map(
      ([, firstGroup, secondGroup]) => firstGroup ?? secondGroup,
    );
    rows.push({
      breaks: control.breaks,
      how: control.name,
      drill: control.drill,
      noticed: noticed ?? 'not run',
      by: broken[0] ?? '',
    });
  }
  for (const line of formatTable(rows, ['breaks', 'how', 'drill', 'noticed', 'by'])) console.log(line);
  return rows.every(({ noticed }) => noticed !== false) ? 0 : 1;
}

const COLUMNS =
  'drill seed acknowledged accepted analysed faults refusals lost doubled summariesDiffer acceptedNotActive ' +
  'activeNotNotified analysesLost parked leaks recoverMs seconds';

process.exit(await main(process.argv.slice(2)));
