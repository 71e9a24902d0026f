import { sep } from 'node:path';
import type { Command } from 'commander';
import { again } from '../ui/command-line.ts';
import { readState } from '../../deploy/local/stack/state.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { nameOf } from '../ui/help.ts';
import { CliError, EXIT, nameSystem } from '../ui/output.ts';
import { type Choice, chooseSystem, DEFAULT_DATA_DIR, dataDirOf } from './context.ts';
import { LOCAL } from './profiles.ts';
import type { SystemFlags } from './session.ts';

/**
 * The place that a command writes to: the API, an engine with an address of its own, the local system that is
 * meant (`machine`) or any (`here`), or one that the command names itself (`own`), such as a private one.
 */
export type Place = 'api' | 'database' | 'streams' | 'machine' | 'here' | 'own';

/** Every command that writes to a system or stops it, and so names the system first. */
export const ACTS: Record<string, Place> = {
  up: 'here',
  down: 'machine',
  demo: 'own',
  register: 'api',
  login: 'api',
  logout: 'api',
  'emotions send': 'api',
  'emotions import': 'api',
  'emotions simulate': 'api',
  'transactions send': 'api',
  'transactions import': 'api',
  'transactions simulate': 'api',
  analyze: 'api',
  'offers accept': 'api',
  'offers close': 'api',
  'consents give': 'api',
  'consents withdraw': 'api',
  'customers close-limit': 'api',
  'events reprocess': 'streams',
  'dead-letters replay': 'streams',
  'dead-letters drop': 'streams',
  'policy test': 'api',
  'policy add': 'api',
  'policy propose': 'api',
  'policy approve': 'api',
  'policy activate': 'api',
  'policy rollback': 'api',
  'reviews uphold': 'api',
  'reviews override': 'api',
  'reviews approve': 'api',
  'webhooks add': 'api',
  'webhooks change': 'api',
  'webhooks rotate': 'api',
  'webhooks disable': 'api',
  'webhooks enable': 'api',
  'webhooks rm': 'api',
  'webhooks test': 'api',
  'webhooks redeliver': 'api',
  listen: 'api',
  'operators login': 'api',
  'operators logout': 'api',
  'operators add': 'database',
  'operators roles': 'database',
  'operators password': 'database',
  'operators disable': 'database',
  'operators enable': 'database',
  'partners add': 'api',
  'partners rotate': 'api',
  'partners change': 'api',
  'partners disable': 'api',
  'partners enable': 'api',
  'partners rm': 'api',
  migrate: 'database',
  retention: 'database',
  erase: 'database',
  'audit restored': 'database',
  'privacy reapply': 'database',
  trigger: 'api',
  'load run': 'own',
  'drill run': 'own',
  bench: 'own',
  'profile add': 'own',
  'profile use': 'own',
  'profile rm': 'own',
};

/** A system that a command starts for itself, and stops. */
export const PRIVATE = 'a private one';

/**
 * Names the system that a command is about to change. Throws exit code 6 where a profile in use, or ECS_URL,
 * means another than the one that it would change.
 */
export function announceAct(command: Command, flags: SystemFlags): void {
  const name = nameOf(command).replace(/^ecs /, '');
  const place = ACTS[name];
  if (!place || place === 'own') return;
  if (place === 'here') return nameSystem(describe({ remote: null, by: 'flag' }, flags));
  const choice = chooseSystem(flags);
  const words = name.split(' ');
  if (place === 'machine' && choice.remote) refuseMachine(words, choice, flags);
  const address = addressInForce(place, choice);
  if (address && choice.remote) refuseOther(words, choice, address);
  nameSystem(address && !choice.remote ? address.shown : describe(choice, flags));
}

export function describe({ remote }: Choice, flags: SystemFlags): string {
  if (!remote) return `${LOCAL} (data in ${dataDirOf(flags)})`;
  return remote.name === remote.profile.url ? remote.name : `${remote.name} (${remote.profile.url})`;
}

/** The flags that choose a system. */
const NO_SYSTEM = { '--url': null, '--profile': null, '--data-dir': null };

function refuseMachine(words: string[], { remote, by }: Choice, flags: SystemFlags): never {
  const meaning = `${remote?.name} is meant (${SAID[by]})`;
  throw new CliError(
    `${words.join(' ')} acts on the local system, but ${meaning}`,
    EXIT.conflict,
    again({ ...NO_SYSTEM, '--data-dir': shortened(dataDirOf(flags)) }),
  );
}

const SAID: Record<Choice['by'], string> = {
  flag: 'by a flag',
  environment: 'by ECS_URL or ECS_PROFILE',
  profile: 'the profile in use',
  default: 'by default',
};

interface Address {
  variable: 'DATABASE_URL' | 'NATS_URL';
  key: 'databaseUrl' | 'natsUrl';
  url: string;
  shown: string;
}

/** The engine's address in the environment, where it is the one that counts. */
function addressInForce(place: Place, { by }: Choice): Address | null {
  if (by === 'flag' || (place !== 'database' && place !== 'streams')) return null;
  const variable = place === 'database' ? 'DATABASE_URL' : 'NATS_URL';
  const key = place === 'database' ? 'databaseUrl' : 'natsUrl';
  const url = readUserEnvironment()[key];
  return url === undefined ? null : { variable, key, url, shown: `${hostsOf(url)} (${variable})` };
}

/** The profile has another address of its own, or the address is the local system's. */
function refuseOther(words: string[], { remote, by }: Choice, { variable, key, url, shown }: Address): void {
  const ofProfile = remote?.profile[key];
  const isLocal = readState(dataDirOf({}))?.[key] === url;
  if (!isLocal && (ofProfile === undefined || ofProfile === url)) return;
  const flag = remote?.name === remote?.profile.url ? '--url' : '--profile';
  throw new CliError(
    `${words.join(' ')} would act on ${shown}, but ${remote?.name} is meant (${SAID[by]})`,
    EXIT.conflict,
    ofProfile === undefined
      ? `unset ${variable}; ${again({ ...NO_SYSTEM, '--data-dir': DEFAULT_DATA_DIR })}`
      : again({ ...NO_SYSTEM, [flag]: remote?.name ?? '' }),
  );
}

/** Hosts and path without user and password. */
function hostsOf(url: string): string {
  return url.replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/i, '').replace(/[?#].*$/, '');
}

function shortened(folder: string): string {
  const here = `${process.cwd()}${sep}`;
  return folder.startsWith(here) ? folder.slice(here.length) : folder;
}
