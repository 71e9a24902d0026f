import type { Command } from 'commander';
import type { Notification } from '../../sdk/index.ts';
import { talkColors } from '../ui/colors.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { print, printJson, printJsonLine, printTable, talk } from '../ui/output.ts';
import {
  type CustomerFlags,
  customerOptions,
  interruptSignal,
  openCustomer,
  readInteger,
} from '../config/session.ts';

type ListFlags = CustomerFlags & { cursor: string; pageSize: string };
type WatchFlags = CustomerFlags & { after: string };

const ANY_POSITION = { min: 0, max: Number.MAX_SAFE_INTEGER };

export function register(program: Command): void {
  const notifications = program.command('notifications');

  withExamples(
    notifications,
    ['ecs notifications ls'],
    ['ecs notifications watch', 'as they happen, until Ctrl-C'],
    ['ecs notifications watch --json | jq -r .data.title'],
  );
  customerOptions(notifications.command('ls').summary('one page, oldest first'))
    .option('--cursor <n>', 'only what comes after this position', '0')
    .option('--page-size <n>', '1 to 100', '20')
    .action(
      run(async (flags: ListFlags) => {
        const { ecs, userId } = openCustomer(flags);
        const page = await ecs.notifications.list(userId, {
          cursor: readInteger('--cursor', flags.cursor, ANY_POSITION),
          page_size: readInteger('--page-size', flags.pageSize, { min: 1, max: 100 }),
        });
        if (flags.json) printJson(page);
        else if (page.items.length === 0) talk('no notifications');
        else {
          printTable(page.items, ['position', 'created_at', 'type', 'title', 'message']);
          if (page.next_cursor !== null) talk(`more: --cursor ${page.next_cursor}`);
        }
      }),
    );

  customerOptions(notifications.command('watch').summary('print them as they happen, until Ctrl-C'))
    .option('--after <n>', 'only what comes after this position', '0')
    .action(
      run(async (flags: WatchFlags) => {
        const after = readInteger('--after', flags.after, ANY_POSITION);
        const { ecs, userId, email } = openCustomer(flags);
        const signal = interruptSignal();
        // Asked once first: without a system or a valid login the command fails instead of waiting.
        await ecs.notifications.list(userId, { page_size: 1, signal });
        talk(talkColors.dim(`watching ${email}: Ctrl-C ends it`));
        let isLost = false;
        const onState = (state: string) => {
          if (state === 'reconnecting' && !isLost)
            talk(talkColors.dim('the connection is lost: connecting again'));
          if (state === 'connected' && isLost) talk(talkColors.dim('connected again'));
          isLost = state === 'reconnecting';
        };
        for await (const notification of ecs.notifications.subscribe(userId, { after, signal, onState }))
          show(notification, flags);
      }),
    );
}

/** One line each, since the list has no end. */
function show(notification: Notification, flags: CustomerFlags): void {
  if (flags.json) printJsonLine(notification);
  else print(`${notification.created_at}  ${notification.title}: ${notification.message}`);
}
