import { makeDataDir, removeDataDir } from '../demo/data-dir.ts';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { SERVICES, type ServiceName } from '../../deploy/local/stack/service-names.ts';
import { internalKeyFile } from '../../deploy/local/stack/secrets.ts';
import { runUntilSignal } from '../../deploy/local/stack/run-until-signal.ts';
import type { System } from '../../deploy/local/stack/system.ts';
import { SetupError } from '../../deploy/local/setup-error.ts';

/**
 * `npm run dev -- SERVICE`: starts the engines and every service, a process each, on free ports and with a
 * data folder of its own. The named service runs in the foreground under `bun --watch --inspect`. Ctrl-C ends
 * everything and removes the data; a second one ends it at once.
 */
async function main(args: string[]): Promise<void> {
  const service = readService(args);
  const inspectorPort = await freePort();
  const dataDir = makeDataDir('ecs-dev-');
  try {
    await runUntilSignal({
      dataDir,
      port: 0,
      split: true,
      watched: { name: service, inspectorPort },
      onStep: (step) => console.log(`${step} ...`),
      onRunning: (system) => show(system, service, inspectorPort),
    });
  } finally {
    removeDataDir(dataDir, false);
  }
}

/** Throws a SetupError for anything but one service's name. */
function readService([name, ...rest]: string[]): ServiceName {
  const service = SERVICES.find((candidate) => candidate === name);
  if (service && rest.length === 0) return service;
  throw new SetupError(`usage: npm run dev -- SERVICE\nservices: ${SERVICES.join(', ')}`, { kind: 'usage' });
}

function show(system: System, service: ServiceName, inspectorPort: number): void {
  const child = system.state().children.find((candidate) => candidate.name === service);
  const inspector = `127.0.0.1:${inspectorPort}/${service}`;
  const rows: [string, string][] = [
    ['gateway', system.url],
    [service, `http://127.0.0.1:${child?.port}`],
    ['probes', `${child?.opsUrl}/readyz`],
    ['internal key', internalKeyFile(system.dataDir)],
    ['other logs', `${system.dataDir}/logs`],
    ['debugger', `ws://${inspector}`],
    ['in a browser', `https://debug.bun.sh/#${inspector}`],
  ];
  for (const [name, value] of rows) console.log(`  ${name.padEnd(22)} ${value}`);
  console.log('A saved file restarts the service. Ctrl-C ends everything.');
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exit(error.kind === 'usage' ? 2 : 1);
}
