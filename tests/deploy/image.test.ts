import { beforeAll, describe, expect, test } from 'bun:test';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { listenOn } from '../../platform/addresses/host.ts';
import { temporaryFolder } from '../harness/engines.ts';

/** The image by its files: those that the Dockerfile copies, without those that .dockerignore leaves out. */
const ROOT = join(import.meta.dir, '..', '..');
const image = temporaryFolder();
const readLines = (file: string) => readFileSync(join(ROOT, file), 'utf8').split('\n');

beforeAll(() => {
  const copied = readLines('Dockerfile')
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
    .filter((line) => !line.includes('bun.lock'))
    .flatMap((line) => line.split(' ').slice(1, -1));
  const allowed = readLines('.dockerignore').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  expect(copied.filter((path) => !allowed.includes(path))).toEqual([]);
  for (const path of copied) {
    cpSync(join(ROOT, path), join(image, path), {
      recursive: true,
      filter: (source) => !source.endsWith('.test.ts'),
    });
  }
  const modules = join(image, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((entry) => !entry.startsWith('.'))) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  expect(readLines('.dockerignore')).toContain('**/*.test.ts');
});

async function run(command: string[], variables: Record<string, string> = {}) {
  const env = {
    ...variables,
    PATH: process.env.PATH ?? '',
    ECS_CONFIG_DIR: image,
    NO_COLOR: '1',
  };
  const child = Bun.spawn(command, { cwd: image, env, stdout: 'pipe', stderr: 'pipe' });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, code };
}
const ecs = (...words: string[]) => run([process.execPath, 'cli/main.ts', ...words]);

describe('the image', () => {
  test.each([
    ['::', 200, { code: 0, stderr: '' }],
    ['127.0.0.1', 200, { code: 0, stderr: '' }],
    ['127.0.0.1', 503, { code: 1, stderr: 'postgresql: away\n' }],
  ])('is healthy while its process on %s is ready, which says %i', async (HOST, status, expected) => {
    const check = /^HEALTHCHECK (?:.|\n)*?CMD (\[.*\])$/m.exec(readLines('Dockerfile').join('\n'))?.[1];
    const [program, ...args] = JSON.parse(check ?? '[]') as string[];
    expect(program).toBe('bun');
    using server = listenOn(HOST, (hostname) =>
      Bun.serve({
        hostname,
        port: 0,
        fetch: ({ url }) =>
          new Response('postgresql: away', { status: url.endsWith('/readyz') ? status : 404 }),
      }),
    );
    const checkAt = (port: number) => run([process.execPath, ...args], { HOST, OPS_PORT: `${port}` });
    expect(await checkAt(server.port ?? 0)).toMatchObject(expected);
    expect((await checkAt(await freePort())).code).toBe(1);
  });

  test('offers no command that needs files it does not have, and runs those that it offers', async () => {
    // Loads every command.
    const { stdout } = await ecs('__complete', '');
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0] ?? '');
    expect(names).toContain('load');
    expect(names).not.toContain('drill');
    expect(names).not.toContain('bench');
    expect(await ecs('drill', 'ls')).toMatchObject({ code: 2 });
    const script = join(image, 'script.js');
    await Bun.write(script, 'export default function () {}');
    expect((await ecs('load', 'ls')).stdout).toContain('mixed-day');
    expect(await ecs('load', 'run', script, '--iterations', '1', '--quiet')).toMatchObject({ code: 0 });
  });

  test('runs ./ecs with the dependencies that it has, and installs none', async () => {
    expect(await run(['./ecs', '--version'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('builds the pages of the console with its own files, and takes them from then on', async () => {
    expect(readLines('Dockerfile')).toContain('RUN bun apps/console/built-pages.ts');
    const built = await run([process.execPath, 'apps/console/built-pages.ts']);
    expect(built).toMatchObject({ code: 0, stderr: '' });
    const script =
      "import { readBuiltPages } from './apps/console/built-pages.ts';" +
      'console.log((await readBuiltPages()) !== null)';
    expect((await run([process.execPath, '-e', script])).stdout).toBe('true\n');
  });

  test('imports only packages that are installed for production', async () => {
    const { dependencies } = (await Bun.file(join(ROOT, 'package.json')).json()) as {
      dependencies: Record<string, string>;
    };
    const imports = new Map<string, string>();
    for (const path of new Bun.Glob('{apps,cli,deploy,load-tests,platform,sdk}/**/*.ts').scanSync(image)) {
      const transpiler = new Bun.Transpiler({ loader: 'ts' });
      for (const { path: name } of transpiler.scanImports(readFileSync(join(image, path), 'utf8'))) {
        if (!/^(\.|bun\b|k6\b)/.test(name) && !isBuiltin(name)) imports.set(name, path);
      }
    }
    const packageOf = (name: string) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/');
    expect([...imports].filter(([name]) => !Object.hasOwn(dependencies, packageOf(name)))).toEqual([]);
  });
});
