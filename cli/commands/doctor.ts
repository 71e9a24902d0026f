import { mkdirSync, statfsSync, writeFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { isListening } from '../engines/child.ts';
import { findProgram, PROGRAMS } from '../engines/find.ts';
import { givenEnvironment } from '../environment.ts';
import { CliError, printJson, printTable } from '../output.ts';
import { isReady } from '../system/parts.ts';
import { isAlive, readState } from '../system/state.ts';
import { DEFAULT_DATA_DIR } from '../system/target.ts';

interface Check {
  check: string;
  ok: boolean;
  found: string;
  remedy: string;
}

const DISK_BYTES_MIN = 2 * 1024 ** 3;

export function register(program: Command): void {
  program
    .command('doctor')
    .summary('check what the system needs')
    .option('--data-dir <folder>', 'the data folder of the system', DEFAULT_DATA_DIR)
    .option('-p, --port <port>', "the gateway's port", '9999')
    .option('--json', 'print JSON')
    .action(async (options: { dataDir: string; port: string; json?: boolean }) => {
      const checks = await runChecks(resolve(options.dataDir), Number(options.port));
      const problems = checks.filter((check) => !check.ok);
      if (options.json) printJson({ ok: problems.length === 0, checks });
      else printTable(checks.map(({ ok, ...check }) => ({ '': ok ? 'ok' : 'PROBLEM', ...check })));
      if (problems.length > 0)
        throw new CliError(`${problems.length} of ${checks.length} checks found a problem`);
    });
}

async function runChecks(dataDir: string, port: number): Promise<Check[]> {
  const state = readState(dataDir);
  const running = state !== null && isAlive(state.supervisor);
  const checks = [checkBun(), ...checkEngines(), checkDataDir(dataDir)];
  if (!running) {
    const taken = await isListening(port);
    checks.push({
      check: `port ${port}`,
      ok: !taken,
      found: taken ? 'in use' : 'free',
      remedy: 'ecs up --port N',
    });
    return checks;
  }
  for (const child of state.children) {
    const ok = isAlive(child) && (child.opsUrl === undefined || (await isReady(child.opsUrl)));
    const remedy = `see ${join(dataDir, 'logs', `${child.name}.log`)}`;
    checks.push({ check: child.name, ok, found: ok ? child.state : 'not ready', remedy: ok ? '' : remedy });
  }
  return checks;
}

function checkBun(): Check {
  return { check: 'bun', ok: true, found: Bun.version, remedy: '' };
}

function checkEngines(): Check[] {
  const given = givenEnvironment();
  const wanted = [
    { program: PROGRAMS.postgres, given: given.databaseUrl, variable: 'DATABASE_URL' },
    { program: PROGRAMS.nats, given: given.natsUrl, variable: 'NATS_URL' },
    { program: PROGRAMS.redis, given: given.redisUrl, variable: 'REDIS_URL' },
  ];
  return wanted.map(({ program, given, variable }) => {
    const path = findProgram(program);
    const found = given ? `given by ${variable}` : (path ?? 'not found');
    const remedy = `ecs up installs it; or: apt-get install ${program.apt}`;
    return { check: program.name, ok: Boolean(given ?? path), found, remedy: given || path ? '' : remedy };
  });
}

function checkDataDir(dataDir: string): Check {
  try {
    mkdirSync(dataDir, { recursive: true });
    const probe = join(dataDir, '.probe');
    writeFileSync(probe, '');
    rmSync(probe);
    const { bavail, bsize } = statfsSync(dataDir);
    const free = bavail * bsize;
    const ok = free >= DISK_BYTES_MIN;
    const found = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
    return {
      check: `data in ${dataDir}`,
      ok,
      found,
      remedy: ok ? '' : 'free at least 2 GiB, or use --data-dir',
    };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return {
      check: `data in ${dataDir}`,
      ok: false,
      found,
      remedy: 'use --data-dir with a folder you can write',
    };
  }
}
