import { SetupError } from '../setup-error.ts';
import { type ServiceName, SERVICES } from './service-names.ts';

/** How many processes a service has; one where it is not named. */
export type Replicas = Partial<Record<ServiceName, number>>;

/** The private PostgreSQL takes 500 connections, of which a process has up to 13. */
const PROCESSES_MAX = 32;

/**
 * `gateway=4,emotion-processing=2` -> `{gateway: 4, 'emotion-processing': 2}`. Throws a SetupError that names
 * the bad part.
 */
export function readReplicas(text: string): Replicas {
  const replicas: Replicas = {};
  for (const part of text.split(',')) {
    const [name, count, ...rest] = part.trim().split('=');
    const service = SERVICES.find((candidate) => candidate === name);
    if (!service) {
      throw usageError(`there is no service ${JSON.stringify(name)}: ${SERVICES.join(', ')}`);
    }
    if (service in replicas) throw usageError(`${service} is named twice`);
    if (!/^[1-9]\d?$/.test(count ?? '') || rest.length > 0) {
      throw usageError(`${service} needs a number of processes, from 1 to ${PROCESSES_MAX}`);
    }
    replicas[service] = Number(count);
  }
  const processes = SERVICES.reduce((total, name) => total + (replicas[name] ?? 1), 0);
  if (processes > PROCESSES_MAX) {
    throw usageError(
      `that makes ${processes} processes of services; a machine gets ${PROCESSES_MAX} at most`,
    );
  }
  return replicas;
}

const usageError = (message: string) => new SetupError(`--replicas: ${message}`, { kind: 'usage' });

/** Names the replicas of a service: the first has the name of the service. */
export function replicaNames(service: ServiceName, replicas: Replicas): string[] {
  return Array.from({ length: replicas[service] ?? 1 }, (_, index) =>
    index === 0 ? service : `${service}-${index + 1}`,
  );
}
