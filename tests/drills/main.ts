import { formatTable } from '../../cli/output.ts';
import { DRILLS } from './catalogue.ts';
import { type DrillReport, runDrill } from './drill.ts';

/**
 * `bun tests/drills/main.ts ls | run NAME... [--seed N] [--events N] [--json]`; without names, every drill.
 */
async function main(args: string[]): Promise<number> {
  const option = (name: string): number | undefined => {
    const at = args.indexOf(`--${name}`);
    return at === -1 ? undefined : Number(args[at + 1]);
  };
  const isValue = (index: number) => args[index - 1]?.startsWith('--') && args[index - 1] !== '--json';
  const [command = 'run', ...names] = args.filter((arg, index) => !arg.startsWith('--') && !isValue(index));
  if (command === 'ls') {
    for (const line of formatTable(
      DRILLS.map(({ name, summary, events }) => ({ name, events, summary })),
      ['name', 'events', 'summary'],
    )) {
      console.log(line);
    }
    return 0;
  }
  const unknown = names.filter((name) => !DRILLS.some((drill) => drill.name === name));
  if (command !== 'run' || unknown.length > 0) {
    console.error(`no such drill: ${unknown.join(', ') || command}\ntry: ecs drill ls`);
    return 2;
  }
  const chosen = names.length === 0 ? DRILLS : DRILLS.filter(({ name }) => names.includes(name));
  const seed = option('seed') ?? Math.floor(Math.random() * 2 ** 31);
  const events = option('events');
  const reports: DrillReport[] = [];
  for (const drill of chosen) {
    console.error(`${drill.name}: ${drill.summary} (seed ${seed})`);
    const note = (text: string) => console.error(`  ${text}`);
    const report = await runDrill(drill, { seed, note, ...(events === undefined ? {} : { events }) });
    for (const broken of report.violations) console.error(`  BROKEN ${broken}`);
    reports.push(report);
  }
  if (args.includes('--json')) console.log(JSON.stringify(reports, null, 2));
  else
    for (const line of formatTable(reports as unknown as Record<string, unknown>[], COLUMNS.split(' ')))
      console.log(line);
  return reports.some(({ violations }) => violations.length > 0) ? 1 : 0;
}

const COLUMNS =
  'drill seed acknowledged accepted faults refusals lost doubled summariesDiffer acceptedNotActive ' +
  'activeNotNotified parked leaks recoverMs seconds';

process.exit(await main(process.argv.slice(2)));
