import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { steps } from '../../deploy/local/command-line.ts';
import { fileOfOutput } from '../../load-tests/runner/options/outputs.ts';
import { CliError, EXIT } from './cli-error.ts';
import { again, flagOfValue } from './command-line.ts';
import { configFolder } from './config-folder.ts';

/** A failed call of the file system, with the path that it was about. */
type FileError = NodeJS.ErrnoException & { path: string };

export function isFileError(error: unknown): error is FileError {
  return (
    error instanceof Error && 'syscall' in error && typeof (error as { path?: unknown }).path === 'string'
  );
}

const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** One line that names the folder and the user, and a command that works elsewhere. */
export function fileFailure({ path, code = '', syscall }: FileError): CliError {
  if (code === 'ENOSPC') {
    return new CliError(`no space is left for ${path}`, EXIT.failed, `df -h ${dirname(resolve(path))}`);
  }
  if (code === 'ENOTDIR') {
    const file = existingPath(resolve(path));
    return new CliError(`cannot use ${path}: ${file} is a file, no folder`, EXIT.failed, elsewhere(path));
  }
  if (!REFUSED.has(code)) return new CliError(`${path}: ${code} (${syscall})`, EXIT.failed);
  if (existsSync(path) && !statSync(path).isDirectory() && !allows(path, constants.R_OK)) {
    return new CliError(`cannot read ${path}: ${userName()} may not (${code})`, EXIT.notAllowed);
  }
  return cannotWrite(path, code);
}

/** Throws before a long work that would end without its file. */
export function requireWritable(file: string | undefined): void {
  if (file === undefined) return;
  const folder = dirname(resolve(file));
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new CliError(`cannot write ${file}: there is no folder ${folder}`, EXIT.usage, elsewhere(file));
  }
  if (existsSync(file) ? statSync(file).isDirectory() : file.endsWith('/')) {
    throw new CliError(`cannot write ${file}: it is a folder`, EXIT.usage, elsewhere(join(file, 'out')));
  }
  if (!allows(existsSync(file) ? file : folder, constants.W_OK)) throw cannotWrite(file, 'EACCES');
}

function cannotWrite(path: string, code: string): CliError {
  const folder = existingFolder(resolve(path));
  const why = `${userName()} may not write in ${folder} (${code})`;
  return new CliError(`cannot write ${path}: ${why}`, EXIT.notAllowed, elsewhere(path));
}

/** The same command with another place for the file. */
function elsewhere(path: string): string {
  // `--out` of a load takes `json=FILE`.
  const [flag, value = ''] = flagOfValue((text) => isIn(path, fileOfOutput(text))) ?? [];
  if (flag !== undefined && flag !== '--data-dir') {
    const folder = [process.cwd(), tmpdir()].find((candidate) => allows(candidate, constants.W_OK));
    const file = folder === undefined ? 'FILE' : join(folder, basename(path));
    return again({ [flag]: value.replace(fileOfOutput(value), () => file) });
  }
  if (flag === '--data-dir') return again({ [flag]: placeFor('ecs-data') });
  if (isIn(path, configFolder())) return `ECS_CONFIG_DIR=${placeFor('ecs-config')} ${again()}`;
  if (isIn(path, tmpdir())) return `TMPDIR=/var/tmp ${again()}`;
  return steps(again({ '--data-dir': placeFor('ecs-data') }), `or make ${dirname(path)} writable`);
}

const placeFor = (name: string) => join(tmpdir(), `${name}-${userName()}`);

const isIn = (path: string, folder: string) =>
  `${resolve(path)}${sep}`.startsWith(`${resolve(folder)}${sep}`);

function existingPath(path: string): string {
  return existsSync(path) ? path : existingPath(dirname(path));
}

/** Returns the folder of a path, or the first above it that exists. */
export function existingFolder(path: string): string {
  return existsSync(path) && statSync(path).isDirectory() ? path : existingFolder(dirname(path));
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Bun takes the name from the environment, which `su` and containers leave as it was. */
function userName(): string {
  const uid = process.getuid?.();
  const lines = existsSync(PASSWD) ? readFileSync(PASSWD, 'utf8').split('\n') : [];
  const entry = lines.map((line) => line.split(':')).find((fields) => fields[2] === String(uid));
  return entry?.[0] ?? (uid === undefined || lines.length === 0 ? userInfo().username : `user ${uid}`);
}

const PASSWD = '/etc/passwd';
