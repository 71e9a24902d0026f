import { beforeAll, describe, expect, test } from 'bun:test';
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { temporaryFolder } from '../harness/engines.ts';
import { COMPILERS, createPartnerProject, must, type PartnerProject } from './partner.ts';

const START_MS = 90_000;
/** A client of every resource; its errors, by themselves. */
const CALL_BYTES_MAX = 17 * 1024;
const ERRORS_BYTES_MAX = 1024;
/** The API in memory decides by the rules of the API: a policy's expressions are CEL, some 40 KB of it. */
const TESTING_BYTES_MAX = 100 * 1024;
const ROOT = join(import.meta.dir, '..', '..');
/** Publishing asks a registry for earlier versions; here there is none. */
const NOWHERE = ['--registry', 'http://localhost:1', '--fetch-retries', '0'];
const CONTRACTS = join(ROOT, 'sdk', 'contracts');

let partner: PartnerProject;
beforeAll(async () => {
  partner = await createPartnerProject();
}, START_MS);

const built = (path: string) => readFileSync(join(partner.packageDir, path), 'utf8');
const filesOf = (pattern: string) => [...new Bun.Glob(pattern).scanSync({ cwd: partner.packageDir })];

describe('the package', () => {
  test('is published as the field expects it', async () => {
    const { messages } = await publint({ pkgDir: partner.packageDir, strict: true });
    expect(messages).toEqual([]);
  });

  test('has types that every kind of resolution finds, of the kind of module that it loads', async () => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(partner.tarball)));
    if (!result.types) throw new Error('there are no types');
    expect(result.problems).toEqual([]);
    expect(Object.keys(result.entrypoints)).toEqual(['.', './testing', './operators', './package.json']);
  });

  test('needs nothing else: no dependency, no import, no global of one runtime', () => {
    const manifest = JSON.parse(built('package.json'));
    expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
    for (const file of filesOf('dist/*/sdk/**/*.js')) {
      const imports = new Bun.Transpiler({ loader: 'js' }).scanImports(built(file));
      expect(imports.map(({ path }) => path).filter((path) => !path.startsWith('.'))).toEqual([]);
      if (file.includes('/testing/')) continue;
      const required = file.startsWith('dist/cjs') ? '' : '|require';
      expect(built(file)).not.toMatch(
        new RegExp(String.raw`\b(process|Buffer|Bun|Deno|global|window${required})\s*[.(]`),
      );
    }
    for (const file of filesOf('dist/**/*.d.ts')) {
      expect(built(file)).not.toMatch(/from '[^.]|import\("/);
    }
  });

  test('is small: one call of a bundled client, the errors alone, and the API in memory', async () => {
    const sizeOf = async (code: string) => {
      const entry = partner.write('size.mjs', code);
      const { outputs } = await Bun.build({ entrypoints: [entry], target: 'browser', minify: true });
      return gzipSync((await outputs[0]?.text()) ?? '').byteLength;
    };
    const call = `import { EcsClient } from '@ecs/sdk';
      console.log(await new EcsClient({ baseUrl: '/' }).offers.get(''));`;
    const errors = "import { EcsError } from '@ecs/sdk'; console.log(new EcsError('', { code: '' }));";
    const testing = "import { createFakeEcs } from '@ecs/sdk/testing'; createFakeEcs();";
    const sizes = { call: await sizeOf(call), errors: await sizeOf(errors), testing: await sizeOf(testing) };
    expect(sizes.call).toBeLessThan(CALL_BYTES_MAX);
    expect(sizes.errors).toBeLessThan(ERRORS_BYTES_MAX);
    expect(sizes.testing).toBeLessThan(TESTING_BYTES_MAX);
  });

  test('has maps that lead to sources within it, for a stack trace as well', async () => {
    for (const file of filesOf('dist/**/*.js.map')) {
      const { sources, sourcesContent } = JSON.parse(built(file)) as {
        sources: string[];
        sourcesContent: (string | null)[];
      };
      for (const [index, source] of sources.entries()) {
        const isWithin = existsSync(join(partner.packageDir, file, '..', source));
        expect([file, source, isWithin || sourcesContent[index] !== null]).toEqual([file, source, true]);
      }
    }
    for (const [name, head] of Object.entries({
      'trace.mjs': "import { EcsClient } from '@ecs/sdk';",
      'trace.cjs': "const { EcsClient } = require('@ecs/sdk');",
    })) {
      partner.write(name, `${head} try { new EcsClient({}); } catch ({ stack }) { console.log(stack); }`);
      const { stdout } = must(await partner.run(name, { NODE_OPTIONS: '--enable-source-maps' }));
      expect(stdout).toMatch(/@ecs\/sdk\/src\/sdk\/core\/call\.ts:\d+/);
    }
  });

  test(
    'is the one that npm packs and publishes in sdk/, which leaves nothing behind',
    () => {
      const copy = temporaryFolder();
      for (const path of ['sdk', 'underwriting', 'cli/bun.sh', 'tsconfig.json', 'package.json', 'LICENSE']) {
        cpSync(join(ROOT, path), join(copy, path), { recursive: true });
      }
      symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
      const npm = (...words: string[]) => {
        const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
        const { stdout, stderr, exitCode } = Bun.spawnSync(['npm', ...words], {
          cwd: join(copy, 'sdk'),
          env,
        });
        if (exitCode !== 0) throw new Error(stderr.toString());
        return stdout.toString();
      };
      const listed = (command: string) => {
        const output = JSON.parse(npm(command, '--dry-run', '--json', ...NOWHERE).replace(/^[^[{]*/, '')) as {
          files?: { path: string }[];
        };
        const [{ files }] = Array.isArray(output) ? output : output.files ? [output] : Object.values(output);
        return (files as { path: string }[]).map(({ path }) => path).toSorted();
      };
      const before = [...new Bun.Glob('**/*').scanSync({ cwd: join(copy, 'sdk') })].toSorted();
      const expected = filesOf('**/*').toSorted();
      expect(expected.length).toBeGreaterThan(200);
      expect(listed('pack')).toEqual(expected);
      // Provenance names the repository that builds: the publisher's, not a placeholder.
      expect(() => listed('publish')).toThrow('npm pkg set repository.url=git+https://HOST/OWNER/NAME.git');
      npm('pkg', 'set', 'repository.url=git+https://forge.test.org/ecs/ecs.git');
      expect(listed('publish')).toEqual(expected);
      expect([...new Bun.Glob('**/*').scanSync({ cwd: join(copy, 'sdk') })].toSorted()).toEqual(before);
    },
    START_MS,
  );

  test('says where it comes from, and no person', () => {
    const manifest = JSON.parse(built('package.json'));
    expect(manifest).toMatchObject({
      sideEffects: false,
      publishConfig: { provenance: true },
      repository: { type: 'git', directory: 'sdk' },
    });
    expect(Object.keys(manifest).filter((key) => /author|contributors|maintainers/.test(key))).toEqual([]);
    expect(built('CHANGELOG.md')).toContain(`## ${manifest.version}`);
  });
});

/** The types of contracts that an entry of the package exports, by their modules. */
function exportedTypes(index: string): [module: string, names: string[]][] {
  const text = readFileSync(join(ROOT, 'sdk', index), 'utf8');
  const exported = text.matchAll(/export type (?:\*|\{([^}]*)\}) from '\.{1,2}\/contracts\/([\w-]+)\.ts'/g);
  return [...exported].map(([, list, module = '']) => {
    const source = readFileSync(join(CONTRACTS, `${module}.ts`), 'utf8');
    const names = [...source.matchAll(/^export type (\w+) = Static</gm)].map(([, name = '']) => name);
    const listed = list?.split(',').map((name) => name.trim());
    return [module, listed ? names.filter((name) => listed.includes(name)) : names];
  });
}

test.each([
  // An object without properties: of a test's event there are none, of a key or of figures any.
  ['@ecs/sdk', 'index.ts', 60, '{}'],
  ['@ecs/sdk/operators', 'operators/index.ts', 90, '{ [name: string]: unknown }'],
])('its types are exactly those of the contracts: %s', (entry, index, countMin, empty) => {
  const modules = exportedTypes(index);
  const variableOf = (module: string) => module.replaceAll('-', '_');
  const checks = modules.flatMap(([module, names]) =>
    names.map((name) => [
      `export const ${variableOf(module)}_${name}`,
      `Same<Flat<Packed.${name}>, Declared<${variableOf(module)}.${name}>> = true;`,
    ]),
  );
  expect(checks.length).toBeGreaterThan(countMin);
  partner.write(
    'same.ts',
    [
      `import type * as Packed from '${entry}';`,
      ...modules.map(
        ([module]) => `import type * as ${variableOf(module)} from '${join(CONTRACTS, `${module}.ts`)}';`,
      ),
      'type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;',
      // An intersection that came of a derivation is the same type once it is written out.
      'type Flat<T> = T extends object ? { [Key in keyof T]: Flat<T[Key]> } : T;',
      // An absent property may be undefined too.
      'type Absent<T, Key extends keyof T> = string extends Key ? never : {} extends Pick<T, Key> ? undefined : never;',
      'type Declared<T> = T extends (infer Item)[] ? Declared<Item>[] :',
      `  T extends object ? [keyof T] extends [never] ? ${empty} :`,
      '  { [Key in keyof T]: Declared<T[Key]> | Absent<T, Key> } : T;',
      ...checks.map((parts) => parts.join(': ')),
    ].join('\n'),
  );
  const options = {
    module: 'ESNext',
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  };
  must(partner.check(['same.ts'], options));
});

const IMPORTS = `
import { EcsClient, EcsError, ValidationError, verifyWebhook } from '@ecs/sdk';
import type { CloseOptions, CreditOffer, EventOutcome } from '@ecs/sdk';
import { createFakeEcs } from '@ecs/sdk/testing';
import { EcsError as OperatorError, EcsOperatorClient } from '@ecs/sdk/operators';
`;

const BODY = `
const fake = createFakeEcs();
const { userId, token } = fake.newCustomer();
fake.setRiskScore(userId, 0.2);
const ecs = new EcsClient({ baseUrl: fake.baseUrl, fetch: fake.fetch, token, timeoutMs: 1_000 });
const outcomes: EventOutcome<{ userId: string; amount: number }>['status'][] = [];
const writer = ecs.transactions.stream({ onOutcome: ({ status }) => outcomes.push(status) });
for (const amount of [1, 2, -3]) await writer.write({ userId, amount });
await writer.close();
const { data: analysis, status: created } = await ecs.analyses.create(userId).withResponse();
if (analysis.offer === null) throw new Error('denied');
const active: CreditOffer = await ecs.offers.accept(analysis.offer.offer_id).waitUntilActive({ timeoutMs: 5_000 });
const titles: string[] = [];
for await (const { title } of ecs.notifications.list(userId)) titles.push(title);
const paths = await ecs.transactions.send({ userId, amount: -1 }).catch((error: unknown) => {
  if (error instanceof ValidationError && error instanceof EcsError) return error.errors.map(({ path }) => path);
  throw error;
});
const { total } = await ecs.withOptions({ headers: { 'x-a': '1' } }).request<{ total: number }>('GET', '/v1/users/{id}/offers', {
  params: { id: userId },
});
// Options that a partner has or has not, under exactOptionalPropertyTypes.
const absent = { text: undefined as string | undefined, count: undefined as number | undefined };
const useAbsent = async () => {
  fake.failNext({ times: absent.count, path: absent.text });
  const subscription = ecs.notifications.subscribe(userId, { after: absent.count });
  await subscription.return();
  await ecs.transactions.send({ userId, amount: 1, eventId: absent.text });
  await ecs.reviews.request('', { statement: absent.text });
  await verifyWebhook('', {}, '', { nowMs: absent.count, toleranceSeconds: absent.count });
  const webhook = { url: 'https://partner.test/hooks', event_types: ['limit.activated' as const] };
  const { requestId } = await ecs.webhooks.add({ ...webhook, description: absent.text }).withResponse();
  const closing: CloseOptions = { reason: undefined };
  return [requestId, await ecs.offers.close('', closing)];
};
void useAbsent;
// @ts-expect-error an amount is a number
ecs.transactions.send({ userId, amount: '1' }).catch(() => {});
// @ts-expect-error there is no such status
const isNever = active.status === 'declined';
const isOneError = OperatorError === EcsError && new EcsOperatorClient({ baseUrl: fake.baseUrl }) !== null;
console.log(JSON.stringify({ outcomes, created, status: active.status, titles, paths, total, isNever, isOneError }));
`;

/** A module; and the same where the top level cannot wait, as in CommonJS. */
const MODULE = `${IMPORTS}${BODY}`;
const SCRIPT = `${IMPORTS}async function main() {${BODY}}\nvoid main();`;

const OUTPUT = {
  outcomes: ['accepted', 'accepted', 'rejected'],
  created: 200,
  status: 'active',
  titles: ['Your credit limit is active'],
  paths: ['/body/amount'],
  total: 1,
  isNever: false,
  isOneError: true,
};

describe("a partner's project", () => {
  const nodeNext = { module: 'NodeNext', lib: ['ES2022'], types: ['node'] };
  const bundler = { module: 'ESNext', moduleResolution: 'bundler', lib: ['ES2022', 'DOM'] };
  const node16 = { module: 'Node16', moduleResolution: 'Node16', lib: ['ES2022', 'DOM', 'DOM.Iterable'] };
  const node10 = { module: 'CommonJS', moduleResolution: 'node10', lib: ['ES2022', 'DOM', 'DOM.Iterable'] };
  const projects: [string, string, string, Record<string, unknown>, string][] = [
    ['Node, an ES module', 'app.ts', MODULE, nodeNext, COMPILERS.newest],
    ['Node, CommonJS', 'app.cts', SCRIPT, nodeNext, COMPILERS.newest],
    ['a bundler, with the DOM only', 'app.ts', MODULE, bundler, COMPILERS.newest],
    ['a compiler of two years ago, an ES module', 'app.ts', MODULE, node16, COMPILERS.older],
    ['a compiler of two years ago, CommonJS', 'app.cts', SCRIPT, node16, COMPILERS.older],
    ['a resolver older than exports', 'script.ts', SCRIPT, node10, COMPILERS.older],
  ];
  for (const [name, file, code, options, compiler] of projects) {
    test(`type-checks: ${name}`, () => {
      partner.write(file, code);
      must(partner.check([file], options, compiler));
    });
  }

  test('runs on Node as an ES module and as CommonJS, and on Bun', async () => {
    const transpile = (code: string) => new Bun.Transpiler({ loader: 'ts' }).transformSync(code);
    const requires = transpile(SCRIPT).replace(
      /^import (.+) from (.+);$/gm,
      (_, names: string, module: string) => `const ${names.replaceAll(' as ', ': ')} = require(${module});`,
    );
    partner.write('app.js', transpile(MODULE));
    partner.write('app.cjs', requires);
    for (const [file, runtime] of [['app.js'], ['app.cjs'], ['app.js', process.execPath]] as const) {
      const { stdout } = must(await partner.run(file, {}, runtime));
      expect(JSON.parse(stdout)).toEqual(OUTPUT);
    }
  });
});
