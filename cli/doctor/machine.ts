import { accessSync, constants, statfsSync } from 'node:fs';
import { isListening } from '../../deploy/local/processes/ports.ts';
import { holderOfPort } from '../../deploy/local/processes/port-holder.ts';
import { findProgram, PROGRAMS } from '../../deploy/local/engines/find.ts';
import {
  durabilityNote,
  findNats,
  versionOf,
  wheelProgram,
} from '../../deploy/local/engines/nats-program.ts';
import { packageBin } from '../../deploy/local/engines/postgres-package.ts';
import { environment } from '../../deploy/local/environment.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { existingFolder } from '../ui/file-failure.ts';
import { stepOntoPath } from '../ui/on-path.ts';
import { type Check, note, ok, problem } from './check.ts';

/** The conditions that a system needs of this machine before it can be started. */

const DISK_BYTES_MIN = 2 * 1024 ** 3;

export function checkMachine(dataDir: string): Check[] {
  // The name is a convenience: that it is missing fails nothing.
  const name = ok('ecs', stepOntoPath() ?? 'on the PATH');
  return [ok('bun', Bun.version), name, ...checkEngines(), checkDataDir(dataDir)];
}

export async function checkPort(port: number): Promise<Check> {
  const name = `port ${port}`;
  return (await isListening(port))
    ? problem(name, `in use by ${holderOfPort(port)}`, 'ecs up --detach --port 0')
    : ok(name, 'free');
}

function checkEngines(): Check[] {
  const userUrls = readUserEnvironment();
  const programs = [
    { program: PROGRAMS.postgres, given: userUrls.databaseUrl, variable: 'DATABASE_URL' },
    { program: PROGRAMS.nats, given: userUrls.natsUrl, variable: 'NATS_URL' },
    { program: PROGRAMS.redis, given: userUrls.redisUrl, variable: 'REDIS_URL' },
  ];
  return programs.map(({ program, given: address, variable }) => {
    if (address) return ok(program.name, `given by ${variable}`);
    const path = program === PROGRAMS.nats ? findNats() : findProgram(program);
    const durability = program === PROGRAMS.nats && path ? durabilityNote(versionOf(path)) : null;
    if (durability) return note(program.name, durability, 'ecs up --detach');
    if (path) return ok(program.name, `${path}, ${originOf(path)}`);
    const remedy = 'ecs up --detach';
    if (program !== PROGRAMS.redis) return problem(program.name, 'not found', remedy);
    return note(program.name, 'not found, and not needed: nothing is cached', remedy);
  });
}

/** Who brought the program of an engine. */
function originOf(path: string): string {
  if (path === environment().ECS_NATS_SERVER) return 'named by ECS_NATS_SERVER';
  if (path.startsWith(packageBin())) return 'brought by npm';
  return path === wheelProgram() ? 'brought by pip' : 'of the system';
}

function checkDataDir(dataDir: string): Check {
  const name = `data in ${dataDir}`;
  try {
    const folder = existingFolder(dataDir);
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    const space = `${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB free`;
    if (bavail * bsize >= DISK_BYTES_MIN) return ok(name, space);
    return problem(name, space, 'free at least 2 GiB, or use --data-dir');
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return problem(name, cause, 'use --data-dir with a folder you can write');
  }
}
