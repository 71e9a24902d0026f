import type { Lag } from '../../platform/consuming/consumer.ts';
import { downOf, lagOf, type ServiceStatus } from '../../deploy/local/stack/service-status.ts';
import { activePoliciesOf, describeActivePolicies } from '../policies/active-policies.ts';
import { print, printTable } from '../ui/output.ts';
import type { ServiceRow, SystemStatus } from './read-status.ts';

const COLUMNS = 'name,pid,state,ready,restarts,lag,redelivered,dead letters,outbox,dependencies'.split(',');

/** Prints a system as tables of its services and engines. */
export function showStatus({ url, dataDir, state, services, engines, notes = [] }: SystemStatus): void {
  print(`${url}  ${dataDir === undefined ? state : `data in ${dataDir}`}\n`);
  printTable(
    services.map((service) => ({ ...service, ...workOf(service), dependencies: stateOf(service) })),
    COLUMNS,
  );
  const policies = new Set(
    services.flatMap((service) => describeActivePolicies(activePoliciesOf([service]) ?? [])),
  );
  if (policies.size > 0) print('');
  for (const text of policies) print(`policy ${text}`);
  for (const { retention } of services) {
    if (!retention) continue;
    const rules = Object.entries(retention).map(([name, { months }]) => `${name} ${months}`);
    print(`\nretention in months: ${rules.join(', ')}`);
  }
  for (const { erasures } of services) {
    if (!erasures || erasures.open === 0) continue;
    print(`\n${erasures.open} erasures are under way, the oldest for ${Math.ceil(erasures.oldestSeconds)} s`);
  }
  if (engines.length === 0) return;
  print('');
  printTable(engines, ['name', 'pid', 'port', 'state', 'restarts']);
  for (const text of notes) print(`\nnote: ${text}`);
}

/** Null for a service without a status, as of a process that does not respond. */
const stateOf = (service: ServiceRow) => (service.ready || service.dependencies ? downOf(service) : null);

/** Dead letters, and how many more were discarded, or cannot be published. */
function deadLettersOf({ deadLetters, deadLettersDiscarded, deadLettersWaiting }: Lag): string | number {
  const more = [
    ...(deadLettersDiscarded > 0 ? [`${deadLettersDiscarded} discarded`] : []),
    ...(deadLettersWaiting > 0 ? [`${deadLettersWaiting} messages wait`] : []),
  ];
  return more.length === 0 ? deadLetters : `${deadLetters} (${more.join(', ')})`;
}

/** The backlog of a service: messages, dead letters, and outbox rows with the age of the oldest. */
function workOf(service: Partial<ServiceStatus>) {
  const { outbox } = service;
  const lag = lagOf(service);
  const age = outbox && outbox.unsent > 0 ? ` (${Math.ceil(outbox.oldestSeconds)} s)` : '';
  return {
    ...(lag
      ? {
          lag: lag.pending + lag.unacknowledged,
          redelivered: lag.redelivered,
          'dead letters': deadLettersOf(lag),
        }
      : {}),
    ...(outbox ? { outbox: `${outbox.unsent}${age}` } : {}),
  };
}
