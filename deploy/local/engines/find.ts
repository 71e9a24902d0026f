import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageBin } from './postgres-package.ts';

/** A program, with the packages that bring it. */
export interface Program {
  name: string;
  apt: string;
  brew: string;
}

export const PROGRAMS = {
  postgres: { name: 'postgres', apt: 'postgresql', brew: 'postgresql@17' },
  initdb: { name: 'initdb', apt: 'postgresql', brew: 'postgresql@17' },
  nats: { name: 'nats-server', apt: 'nats-server', brew: 'nats-server' },
  // It brings a newer nats-server than some systems have.
  pip: { name: 'pip3', apt: 'python3-pip', brew: 'python' },
  redis: { name: 'redis-server', apt: 'redis-server', brew: 'redis' },
  // A backup is tried with them; nothing that runs needs them.
  pgDump: { name: 'pg_dump', apt: 'postgresql', brew: 'postgresql@17' },
  pgBasebackup: { name: 'pg_basebackup', apt: 'postgresql', brew: 'postgresql@17' },
  pgRestore: { name: 'pg_restore', apt: 'postgresql', brew: 'postgresql@17' },
  // Certificates of tests are made with it; nothing that runs needs it.
  openssl: { name: 'openssl', apt: 'openssl', brew: 'openssl' },
  // A foreign pooler is tried with it; nothing that runs needs it.
  pgbouncer: { name: 'pgbouncer', apt: 'pgbouncer', brew: 'pgbouncer' },
  // Pages are tested in it; nothing that runs needs it.
  chromium: { name: 'chromium', apt: 'chromium', brew: 'chromium' },
  // Debian's build of it without windows takes half of its processor.
  chromiumShell: { name: 'chromium-headless-shell', apt: 'chromium-headless-shell', brew: 'chromium' },
  // The death of a primary is tried with them; nothing that runs here needs them.
  patroni: { name: 'patroni', apt: 'patroni', brew: 'patroni' },
  etcd: { name: 'etcd', apt: 'etcd-server', brew: 'etcd' },
  pgRewind: { name: 'pg_rewind', apt: 'postgresql', brew: 'postgresql@17' },
  // Rules and alerts are tested with them; nothing that runs needs them.
  prometheus: { name: 'prometheus', apt: 'prometheus', brew: 'prometheus' },
  promtool: { name: 'promtool', apt: 'prometheus', brew: 'prometheus' },
} as const satisfies Record<string, Program>;

/**
 * The path of a program: on the PATH, or where Debian, Homebrew and the package of npm keep PostgreSQL's.
 * Null when it is nowhere.
 */
export function findProgram(program: Program): string | null {
  const onPath = Bun.which(program.name);
  if (onPath) return onPath;
  for (const folder of [
    ...debianFolders(),
    ...brewFolders(program),
    '/usr/sbin',
    '/usr/local/sbin',
    packageBin(),
  ]) {
    const executable = Bun.which(program.name, { PATH: folder });
    if (executable) return executable;
  }
  return null;
}

/** Newest first. */
function debianFolders(): string[] {
  return list('/usr/lib/postgresql')
    .toSorted((first, right) => Number(right) - Number(first))
    .map((version) => join('/usr/lib/postgresql', version, 'bin'));
}

function brewFolders(program: Program): string[] {
  return ['/opt/homebrew/opt', '/usr/local/opt'].flatMap((prefix) => [
    join(prefix, program.brew, 'bin'),
    ...list(prefix)
      .filter((name) => name.startsWith('postgresql'))
      .map((name) => join(prefix, name, 'bin')),
  ]);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
