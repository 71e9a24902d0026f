import { Argument, type Command } from 'commander';
import { resolveContext, runningState } from '../config/context.ts';
import type { SystemFlags } from '../config/session.ts';
import { environment } from '../../deploy/local/environment.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, isInteractive, print, printJson } from '../ui/output.ts';

export function register(program: Command): void {
  const open = program
    .command('open')
    .addArgument(new Argument('[page]', 'console by default').choices(['console', 'docs']))
    .description('Prints the address; without a terminal or a browser it does nothing else.')
    .action(
      run(async (page: string | undefined, flags: SystemFlags) => {
        const url = addressOf(page ?? 'console', flags);
        const opened = isInteractive() && !flags.json && openBrowser(url);
        if (flags.json) printJson({ url, opened });
        else print(url);
      }),
    );
  withExamples(open, ['ecs open'], ['ecs open docs']);
}

function addressOf(page: string, flags: SystemFlags): string {
  const { isLocal, dataDir, url } = resolveContext(flags);
  if (page === 'docs') return `${url}/docs`;
  const { consoleUrl } = isLocal ? runningState(dataDir) : {};
  if (consoleUrl !== undefined) return consoleUrl;
  const where = isLocal
    ? 'this system runs no console'
    : 'the console is never at the address of its gateway';
  throw new CliError(where, EXIT.notFound, 'ecs open docs');
}

/** Returns whether a browser was asked to show the page. */
function openBrowser(url: string): boolean {
  const { BROWSER, DISPLAY, WAYLAND_DISPLAY } = environment();
  const isMac = process.platform === 'darwin';
  if (!isMac && !BROWSER && !DISPLAY && !WAYLAND_DISPLAY) return false;
  const program = Bun.which(BROWSER || (isMac ? 'open' : 'xdg-open'));
  if (!program) return false;
  Bun.spawn([program, url], { stdio: ['ignore', 'ignore', 'ignore'], detached: true }).unref();
  return true;
}
