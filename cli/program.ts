import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { announceAct } from './config/acts.ts';
import { formatHelp, withExamples } from './ui/help.ts';

type Registration = { register(program: Command): void };

/** Drills and benches are tests of the repository: an image of the services has none. */
const hasTests = existsSync(join(import.meta.dir, '..', 'tests', 'drills', 'main.ts'));

/** Each command is a file of `commands/`, by its name, that registers itself with the program. */
const GROUPS: [title: string, commands: Record<string, () => Promise<Registration>>][] = [
  [
    'Run a system',
    {
      up: () => import('./commands/up.ts'),
      down: () => import('./commands/down.ts'),
      status: () => import('./commands/status.ts'),
      top: () => import('./commands/top.ts'),
      logs: () => import('./commands/logs.ts'),
      open: () => import('./commands/open.ts'),
      doctor: () => import('./commands/doctor.ts'),
      demo: () => import('./commands/demo.ts'),
    },
  ],
  [
    'Act as a customer',
    {
      register: () => import('./commands/register.ts'),
      login: () => import('./commands/login.ts'),
      logout: () => import('./commands/logout.ts'),
      whoami: () => import('./commands/whoami.ts'),
      emotions: () => import('./commands/emotions.ts'),
      transactions: () => import('./commands/transactions.ts'),
      analyze: () => import('./commands/analyze.ts'),
      offers: () => import('./commands/offers.ts'),
      notifications: () => import('./commands/notifications.ts'),
      consents: () => import('./commands/consents.ts'),
      export: () => import('./commands/export.ts'),
    },
  ],
  [
    'Operate a system',
    {
      customers: () => import('./commands/customers.ts'),
      decisions: () => import('./commands/decisions.ts'),
      audit: () => import('./commands/audit.ts'),
      trace: () => import('./commands/trace.ts'),
      events: () => import('./commands/events.ts'),
      'dead-letters': () => import('./commands/dead-letters.ts'),
      breaker: () => import('./commands/breaker.ts'),
      model: () => import('./commands/model.ts'),
      policy: () => import('./commands/policy.ts'),
      reviews: () => import('./commands/reviews.ts'),
      webhooks: () => import('./commands/webhooks.ts'),
      listen: () => import('./commands/listen.ts'),
      operators: () => import('./commands/operators.ts'),
      partners: () => import('./commands/partners.ts'),
      migrate: () => import('./commands/migrate.ts'),
      retention: () => import('./commands/retention.ts'),
      erase: () => import('./commands/erase.ts'),
      privacy: () => import('./commands/privacy.ts'),
    },
  ],
  [
    'Put it to the test',
    {
      trigger: () => import('./commands/trigger.ts'),
      load: () => import('./commands/load.ts'),
      ...(hasTests
        ? { drill: () => import('./commands/drill.ts'), bench: () => import('./commands/bench.ts') }
        : {}),
    },
  ],
  [
    'This command line',
    {
      config: () => import('./commands/config.ts'),
      profile: () => import('./commands/profile.ts'),
      completion: () => import('./commands/completion.ts'),
    },
  ],
];

/** With the commands that the words name, or with all when they name none: most need not be loaded. */
export async function createProgram(
  words: string[],
  writeOut = (text: string): unknown => process.stdout.write(text),
): Promise<Command> {
  const program = new Command('ecs')
    .description('Runs, drives and operates the Empathic Credit System.')
    .version(packageJson.version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .option('--json', 'print JSON: one envelope, see docs/cli.md')
    .option('-q, --quiet', 'no talk on stderr but errors')
    .option('--no-color', 'no colors (or NO_COLOR=1)')
    .option('--profile <name>', 'the system of this profile (or ECS_PROFILE)')
    .option('--url <url>', 'the system at this address (or ECS_URL)')
    .option('--data-dir <folder>', 'the local system of this folder (default: .ecs)')
    .exitOverride()
    .hook('preAction', (_, command) => announceAct(command, command.optsWithGlobals()))
    .showSuggestionAfterError(true)
    .configureHelp({ formatHelp, showGlobalOptions: true })
    // Usage errors are printed by main, as every other failure is.
    .configureOutput({ outputError: () => {}, writeErr: () => {}, writeOut });
  const isWhole = !GROUPS.some(([, commands]) => words.some((word) => Object.hasOwn(commands, word)));
  for (const [title, commands] of GROUPS) {
    program.commandsGroup(title);
    for (const [name, load] of Object.entries(commands)) {
      if (isWhole || words.includes(name)) (await load()).register(program);
    }
  }
  for (const command of program.commands) command.helpCommand(false);
  return withExamples(
    program,
    ['ecs up --detach', 'start everything: engines, services, supervisor'],
    ['ecs doctor', 'silent when all is well'],
    ['ecs register ada@example.com && ecs login ada@example.com'],
    ['ecs transactions import spending.csv', 'any size, goes on where it stopped'],
    ['ecs analyze && ecs offers list', 'decision, reasons, offer'],
    ['ecs trace 0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a', 'what became of a request, event, offer'],
    ['ecs trigger stressful-week', 'make something happen and see the chain'],
  );
}
