import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSystem } from '../../deploy/local/stack/system.ts';
import { temporaryFolder } from '../harness/engines.ts';

/**
 * `npm run test:generators`: clients that generators make of the API's document compile, and make a
 * customer's journey against a real system, batches included. Installs the generators into a folder of its
 * own, so it needs a registry of npm, and pip for Python's; named ones alone: `npm run test:generators -- orval`.
 */
interface Generator {
  packages: string[];
  /** Writes `generated/`. */
  generate: string[];
  journey: string;
}

const TYPESCRIPT = 'typescript@5.9.3';
const GENERATORS: Record<string, Generator> = {
  'openapi-typescript': {
    packages: ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0'],
    generate: ['npx', 'openapi-typescript', 'openapi.json', '-o', 'generated/schema.d.ts'],
    journey: 'openapi-typescript.txt',
  },
  'hey-api': {
    packages: ['@hey-api/openapi-ts@0.99.0'],
    generate: ['npx', 'openapi-ts', '-i', 'openapi.json', '-o', 'generated'],
    journey: 'hey-api.txt',
  },
  orval: {
    packages: ['orval@8.38.0'],
    generate: ['npx', 'orval', '--config', 'orval.config.mjs'],
    journey: 'orval.txt',
  },
};
/** Its clients have no address but this one. */
const ORVAL_CONFIG = `export default {
  ecs: {
    input: './openapi.json',
    output: {
      target: './generated/ecs.ts',
      client: 'fetch',
      baseUrl: { getBaseUrlFromSpecification: true },
    },
  },
};
`;
const PYTHON = 'openapi-python-client==0.26.2';
const EXPECTED = '1 offer_not_found';

async function main(args: string[]): Promise<void> {
  const root = temporaryFolder();
  const system = await startSystem({ dataDir: join(root, 'system'), port: 0, given: {}, split: false });
  try {
    const document = await (await fetch(`${system.url}/openapi.json`)).text();
    const isMeant = (name: string) => args.length === 0 || args.includes(name);
    for (const [name, generator] of Object.entries(GENERATORS)) {
      if (!isMeant(name)) continue;
      const folder = prepare(root, name, document);
      await inTime(name, () => makeJourney(folder, generator, system.url));
    }
    if (!isMeant('openapi-python-client')) return;
    const folder = prepare(root, 'openapi-python-client', document);
    await inTime('openapi-python-client', () => makePythonJourney(folder, system.url));
  } finally {
    await system.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

function prepare(root: string, name: string, document: string): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'generated'), { recursive: true });
  writeFileSync(join(folder, 'openapi.json'), document);
  writeFileSync(join(folder, 'orval.config.mjs'), ORVAL_CONFIG);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  return folder;
}

async function inTime(name: string, work: () => Promise<string>): Promise<void> {
  const startedMs = performance.now();
  const output = await work();
  if (output !== EXPECTED) throw new Error(`${name}: the journey printed ${JSON.stringify(output)}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${name}: generated, compiled, made the journey (${seconds} s)`);
}

async function makeJourney(folder: string, { packages, generate, journey }: Generator, url: string) {
  const install = ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--silent'];
  await run(folder, [...install, TYPESCRIPT, '@types/node@22', ...packages]);
  await run(folder, generate);
  cpSync(join(import.meta.dir, 'journeys', journey), join(folder, 'journey.ts'));
  const options = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      target: 'es2022',
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2022', 'dom', 'dom.iterable'],
      types: ['node'],
      skipLibCheck: true,
    },
    include: ['journey.ts', 'generated'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
  await run(folder, ['npx', 'tsc', '-p', '.']);
  return run(folder, [process.execPath, 'journey.ts'], { ECS_URL: url });
}

async function makePythonJourney(folder: string, url: string) {
  await run(folder, ['python3', '-m', 'venv', 'venv']);
  const python = join(folder, 'venv', 'bin', 'python');
  await run(folder, [python, '-m', 'pip', 'install', '--quiet', PYTHON]);
  const generate = ['generate', '--path', 'openapi.json', '--meta', 'none', '--output-path', 'ecs_client'];
  await run(folder, [join(folder, 'venv', 'bin', 'openapi-python-client'), ...generate]);
  cpSync(join(import.meta.dir, 'journeys', 'openapi-python-client.txt'), join(folder, 'journey.py'));
  return run(folder, [python, 'journey.py'], { ECS_URL: url });
}

/** Returns the output. Throws an Error with all of it when the command fails. */
async function run(cwd: string, command: string[], env: Record<string, string> = {}): Promise<string> {
  const child = Bun.spawn(command, { cwd, env: { ...process.env, ...env }, stdout: 'pipe', stderr: 'pipe' });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code === 0) return stdout.trim();
  throw new Error(`${command.slice(0, 3).join(' ')} failed (${code}):\n${stdout}\n${stderr}`.slice(-4000));
}

await main(process.argv.slice(2));
