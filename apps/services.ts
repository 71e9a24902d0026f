import { type ConfigOf, type Environment, readConfig, type Variables } from '../platform/kernel/config.ts';
import type { Service } from '../platform/http/operations.ts';
import type { Runtime } from '../platform/http/runtime.ts';
import type { open as openGateway } from './gateway/service.ts';

/**
 * The only file that knows every service. A process loads the code of its own alone: in a system of twelve
 * processes that is half the CPU of a start, and 25 MB less in each.
 */
export const SERVICES = {
  'stream-keeper': worker(() => import('./stream-keeper/service.ts')),
  'ml-mock': deployable(() => import('./ml-mock/service.ts')),
  'emotion-processing': worker(() => import('./emotion-processing/service.ts')),
  'transaction-processing': worker(() => import('./transaction-processing/service.ts')),
  'credit-application': worker(() => import('./credit-application/service.ts')),
  challenger: worker(() => import('./challenger/service.ts')),
  webhooks: worker(() => import('./webhooks/service.ts')),
  'emotion-ingestion': deployable(() => import('./emotion-ingestion/service.ts')),
  'transaction-ingestion': deployable(() => import('./transaction-ingestion/service.ts')),
  credit: deployable(() => import('./credit/service.ts')),
  'back-office': deployable(() => import('./back-office/service.ts')),
  privacy: deployable(() => import('./privacy/service.ts')),
  console: deployable(() => import('./console/service.ts')),
  gateway: deployable(() => import('./gateway/service.ts')),
} as const;

export type ServiceName = keyof typeof SERVICES;
export const SERVICE_NAMES = Object.keys(SERVICES) as ServiceName[];

type InProcess = Parameters<typeof openGateway>[2];

export interface LoadedService {
  name: string;
  variables: Variables;
  listens: boolean;
  open(env: Environment, runtime: Runtime, inProcess: InProcess): Service;
}

interface ServiceModule<Spec extends Variables> {
  variables: Spec;
  open(config: ConfigOf<Spec>, runtime: Runtime, inProcess: InProcess): Service;
}

/** A service with its variables, which it alone reads in full. */
function deployable<Spec extends Variables>(load: () => Promise<ServiceModule<Spec>>, listens = true) {
  return {
    load: async (name: string): Promise<LoadedService> => {
      const { variables, open } = await load();
      return {
        name,
        variables,
        listens,
        open: (env, runtime, inProcess) => open(readConfig(env, variables), runtime, inProcess),
      };
    },
  };
}

/** A service that nobody calls. */
function worker<Spec extends Variables>(load: () => Promise<ServiceModule<Spec>>) {
  return deployable(load, false);
}
