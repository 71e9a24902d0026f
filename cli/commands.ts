import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';

interface CommandFile {
  register(program: Command): void;
}

/** A command as `ecs --help` prints it, with its own commands or arguments; and its file. */
type CommandEntry = [words: string, summary: string, load: () => Promise<CommandFile>];

/** Drills and benches are tests of the repository: an image of the services has none. */
const hasTests = existsSync(join(import.meta.dir, '..', 'tests', 'drills', 'main.ts'));

const TESTS: CommandEntry[] = [
  [
    'drill ls|run',
    'break a private system on purpose and count what is left',
    () => import('./commands/drill.ts'),
  ],
  [
    'bench',
    'measure a private system beside the limits of this machine',
    () => import('./commands/bench.ts'),
  ],
];

/** All commands by group. Each is a file of `commands/` that registers itself; it is loaded when named. */
export const COMMANDS: [group: string, commands: CommandEntry[]][] = [
  [
    'Run a system',
    [
      ['up', 'start the whole system', () => import('./commands/up.ts')],
      ['down', 'stop what `ecs up` started', () => import('./commands/down.ts')],
      ['status', 'show every service and engine', () => import('./commands/status.ts')],
      ['top', 'the flow from door to table, live: rates, lag, errors', () => import('./commands/top.ts')],
      [
        'logs SERVICE',
        'the logs of services and engines, merged by time',
        () => import('./commands/logs.ts'),
      ],
      [
        'open PAGE',
        'open the console, or the documentation of the API, in the browser',
        () => import('./commands/open.ts'),
      ],
      ['doctor', 'find what is wrong: silent when all is well', () => import('./commands/doctor.ts')],
      [
        'demo',
        'four customers and what their decisions show, on a private system',
        () => import('./commands/demo.ts'),
      ],
    ],
  ],
  [
    'Act as a customer',
    [
      ['register EMAIL', 'register a customer', () => import('./commands/register.ts')],
      ['login EMAIL', 'log a customer in for the commands that follow', () => import('./commands/login.ts')],
      ['logout', 'forget the logins of customers at this system', () => import('./commands/logout.ts')],
      [
        'whoami',
        'the customers and operators who are logged in at this system',
        () => import('./commands/whoami.ts'),
      ],
      ['emotions send|import|simulate', 'send emotion events', () => import('./commands/emotions.ts')],
      ['transactions send|import|simulate', 'send transactions', () => import('./commands/transactions.ts')],
      [
        'analyze',
        "analyze the customer's credit, which may make an offer",
        () => import('./commands/analyze.ts'),
      ],
      [
        'offers ls|show|accept|close',
        'list, show, accept and close credit offers',
        () => import('./commands/offers.ts'),
      ],
      ['notifications ls|watch', "the customer's notifications", () => import('./commands/notifications.ts')],
      [
        'consents ls|give|withdraw',
        "the customer's consents: give, withdraw, list",
        () => import('./commands/consents.ts'),
      ],
      ['export', 'all that is stored of the customer', () => import('./commands/export.ts')],
    ],
  ],
  [
    'Operate a system',
    [
      [
        'customers close-limit|show',
        'show a customer: limits, policy, decisions; close a limit',
        () => import('./commands/customers.ts'),
      ],
      [
        'decisions ls|show|explain|replay',
        'list, show, explain and replay credit decisions',
        () => import('./commands/decisions.ts'),
      ],
      [
        'audit ls|verify|evidence|restored',
        'acts and decisions on record: list them, verify that nobody changed them',
        () => import('./commands/audit.ts'),
      ],
      [
        'trace ID',
        'what became of a request, event, offer, analysis or customer',
        () => import('./commands/trace.ts'),
      ],
      [
        'events tail|reprocess',
        'what flows through the streams, once more too',
        () => import('./commands/events.ts'),
      ],
      [
        'dead-letters ls|show|replay|drop|dropped',
        'messages that could not be handled',
        () => import('./commands/dead-letters.ts'),
      ],
      [
        'breaker',
        'the circuit breaker before the risk model: closed, open, half-open',
        () => import('./commands/breaker.ts'),
      ],
      [
        'model ls|compare|promote',
        'champion and challenger: list, compare, promote',
        () => import('./commands/model.ts'),
      ],
      [
        'policy ls|show|diff|validate|test|add|propose|approve|activate|rollback',
        'the documents that decide: test, propose, approve, activate',
        () => import('./commands/policy.ts'),
      ],
      [
        'reviews ls|show|uphold|override|approve',
        'denials that customers had reviewed: uphold or override them',
        () => import('./commands/reviews.ts'),
      ],
      [
        'webhooks add|ls|show|change|rotate|disable|enable|rm|test|deliveries|redeliver',
        'endpoints that events are sent to, and the log of deliveries',
        () => import('./commands/webhooks.ts'),
      ],
      [
        'listen',
        'forward events to a receiver on this machine, signed as webhooks are',
        () => import('./commands/listen.ts'),
      ],
      [
        'operators login|me|logout|add|ls|roles|password|disable|enable',
        'who may run the system, with which roles; log in as one',
        () => import('./commands/operators.ts'),
      ],
      [
        'partners add|rotate|ls|show|change|disable|enable|rm',
        'systems of others that send events: credentials, scopes and a rate for each',
        () => import('./commands/partners.ts'),
      ],
      ['migrate', 'bring the database to the newest version', () => import('./commands/migrate.ts')],
      ['retention', 'drop the raw events of old months', () => import('./commands/retention.ts')],
      ['erase CUSTOMER', 'erase a customer everywhere, for good', () => import('./commands/erase.ts')],
      [
        'privacy ledger|reapply',
        'the ledger of erasures: print it, apply it again',
        () => import('./commands/privacy.ts'),
      ],
    ],
  ],
  [
    'Put it to the test',
    [
      [
        'trigger NAME',
        'make something happen, wait for its effect, show the chain',
        () => import('./commands/trigger.ts'),
      ],
      ['load ls|run', 'run load scenarios, or any k6 script, and report', () => import('./commands/load.ts')],
      ...(hasTests ? TESTS : []),
    ],
  ],
  [
    'This command line',
    [
      [
        'config',
        'the settings in force here, and where each comes from',
        () => import('./commands/config.ts'),
      ],
      ['profile add|ls|use|rm', 'systems by name', () => import('./commands/profile.ts')],
      [
        'completion SHELL',
        'print a script that completes ecs in a shell',
        () => import('./commands/completion.ts'),
      ],
    ],
  ],
];

/** The name of the command itself: `offers` of `offers ls|show`. */
export function nameOf(words: string): string {
  return words.split(' ')[0] ?? words;
}
