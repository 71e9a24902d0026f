import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packSdk } from '../../sdk/pack/pack-sdk.ts';
import { COMPILER_ENV, COMPILER_OPTIONS } from '../harness/compiler.ts';
import { temporaryFolder } from '../harness/engines.ts';

const MODULES = join(import.meta.dir, '..', '..', 'node_modules');
/** Node and npm; on a machine that has Bun alone, that. */
const NODE = Bun.which('node') ?? process.execPath;
const installing = (tarball: string) =>
  Bun.which('npm')
    ? ['npm', 'install', '--offline', '--no-audit', '--no-fund', tarball]
    : [process.execPath, 'add', tarball];

/** The newest compiler, and the oldest that partners may have. */
export const COMPILERS = {
  newest: join(MODULES, 'typescript', 'bin', 'tsc'),
  older: join(MODULES, '@arethetypeswrong', 'core', 'node_modules', 'typescript', 'bin', 'tsc'),
};

interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A partner's project: the packed SDK, installed by npm, without the repository. */
export interface PartnerProject {
  packageDir: string;
  tarball: string;
  folder: string;
  write(name: string, text: string): string;
  /** Type-checks these files. `options` beside strictness, with library types checked as well. */
  check(files: string[], options: Record<string, unknown>, compiler?: string): Ran;
  /** Runs a module with Node, or another runtime. */
  run(file: string, env?: Record<string, string>, runtime?: string): Promise<Ran>;
}

export async function createPartnerProject(): Promise<PartnerProject> {
  const root = temporaryFolder();
  const { packageDir, tarball } = await packSdk(join(root, 'packed'));
  const folder = join(root, 'app');
  mkdirSync(folder);
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  write('package.json', JSON.stringify({ name: 'partner', private: true, type: 'module' }));
  must(runSync(installing(tarball), folder));

  return {
    packageDir,
    tarball,
    folder,
    write,
    check(files, options, compiler = COMPILERS.newest) {
      if (!existsSync(compiler)) throw new Error(`there is no compiler ${compiler}`);
      const compilerOptions = {
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        target: 'ES2022',
        types: [],
        typeRoots: [join(MODULES, '@types')],
        ...options,
      };
      const config = write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
      // An older one has a single thread, and no option for it.
      const threads = compiler === COMPILERS.newest ? COMPILER_OPTIONS : [];
      return runSync([NODE, compiler, '--project', config, ...threads], folder, COMPILER_ENV);
    },
    async run(file, env = {}, runtime = NODE) {
      const child = Bun.spawn([runtime, file], {
        cwd: folder,
        env: { PATH: process.env.PATH ?? '', ...env },
        stdout: 'pipe',
        stderr: 'pipe',
      });
      const [stdout, stderr, exitCode] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      return { exitCode, stdout, stderr };
    },
  };
}

/** Throws the output of a command that failed. */
export function must(ran: Ran): Ran {
  if (ran.exitCode !== 0) throw new Error(`exit code ${ran.exitCode}\n${ran.stdout}${ran.stderr}`);
  return ran;
}

function runSync(command: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): Ran {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd, env });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
