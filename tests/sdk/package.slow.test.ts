import { beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { COMPILERS, createPartnerProject, must, type PartnerProject } from './partner.ts';

const START_MS = 90_000;
const SDK_BYTES_MAX = 20 * 1024;
/** The API in memory decides by the rules of the API: a policy's expressions are CEL, some 40 KB of it. */
const TESTING_BYTES_MAX = 100 * 1024;
const CONTRACTS = join(import.meta.dir, '..', '..', 'sdk', 'contracts');

let partner: PartnerProject;
beforeAll(async () => {
  partner = await createPartnerProject();
}, START_MS);

const built = (path: string) => readFileSync(join(partner.packageDir, 'dist', path), 'utf8');

describe('the package', () => {
  test('is published as the field expects it', async () => {
    const { messages } = await publint({ pkgDir: partner.packageDir, strict: true });
    expect(messages).toEqual([]);
  });

  test('has types that every kind of resolution finds, as the ES module that it is', async () => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(partner.tarball)));
    if (!result.types) throw new Error('there are no types');
    // A CommonJS file has to import it dynamically, and resolution without `exports` is older than ES modules.
    const foreign = new Set(['node10', 'node16-cjs']);
    const problems = result.problems.filter(
      (problem) => !('resolutionKind' in problem) || !foreign.has(problem.resolutionKind),
    );
    expect(problems).toEqual([]);
    expect(Object.keys(result.entrypoints)).toEqual(['.', './testing', './operators', './package.json']);
  });

  test('needs nothing else: no dependency, no import, no global of one runtime', () => {
    const manifest = JSON.parse(readFileSync(join(partner.packageDir, 'package.json'), 'utf8'));
    expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
    for (const entry of ['sdk/index.js', 'sdk/testing/index.js', 'sdk/operators/index.js']) {
      expect(new Bun.Transpiler({ loader: 'js' }).scanImports(built(entry))).toEqual([]);
    }
    expect(built('sdk/index.js')).not.toMatch(/\b(process|Buffer|Bun|Deno|global|window|require)\s*[.(]/);
    for (const path of new Bun.Glob('**/*.d.ts').scanSync({ cwd: join(partner.packageDir, 'dist') })) {
      expect(built(path)).not.toMatch(/from '[^.]|import\("/);
    }
  });

  test('is small', () => {
    expect(gzipSync(built('sdk/index.js')).byteLength).toBeLessThan(SDK_BYTES_MAX);
    expect(gzipSync(built('sdk/operators/index.js')).byteLength).toBeLessThan(SDK_BYTES_MAX);
    expect(gzipSync(built('sdk/testing/index.js')).byteLength).toBeLessThan(TESTING_BYTES_MAX);
  });
});

const TYPES = `
  AccessToken BatchReceived Credentials Customer LoginRequest Registration User CreditAnalysis CreditOffer OfferPage AnalysisOffer
  AcceptReceived Reason DailySummary EmotionEvent EmotionReceived EmotionSummary Notification NotificationPage
  Problem ProblemDetail Transaction TransactionReceived RejectedLine CreditType OfferStatus EmotionMetrics`
  .trim()
  .split(/\s+/);

test('its types are exactly those of the contracts', () => {
  const modules = [
    'auth',
    'common',
    'credit',
    'customer',
    'emotion',
    'notification',
    'problem',
    'transaction',
  ];
  partner.write(
    'same.ts',
    [
      "import type * as Packed from '@ecs/sdk';",
      ...modules.map((name) => `import type * as ${name} from '${join(CONTRACTS, `${name}.ts`)}';`),
      'type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;',
      // An intersection that came of a derivation is the same type once it is written out.
      'type Flat<T> = T extends object ? { [Key in keyof T]: Flat<T[Key]> } : T;',
      ...TYPES.map((name) => {
        const module = modules.find((candidate) => sourceOf(candidate).includes(`export type ${name} =`));
        return `export const is${name}: Same<Flat<Packed.${name}>, Flat<${module}.${name}>> = true;`;
      }),
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

const sourceOf = (name: string) => readFileSync(join(CONTRACTS, `${name}.ts`), 'utf8');

const APP = `
import { EcsClient, EcsError, ValidationError, type CreditOffer, type EventOutcome } from '@ecs/sdk';
import { createFakeEcs } from '@ecs/sdk/testing';

const fake = createFakeEcs();
const { userId, token } = fake.newCustomer();
fake.setRiskScore(userId, 0.2);
const ecs = new EcsClient({ baseUrl: fake.baseUrl, fetch: fake.fetch, token, timeoutMs: 1_000 });
const outcomes: EventOutcome<{ userId: string; amount: number }>['status'][] = [];
const writer = ecs.transactions.stream({ onOutcome: ({ status }) => outcomes.push(status) });
for (const amount of [1, 2, -3]) await writer.write({ userId, amount });
await writer.close();
const { offer } = await ecs.analyses.create(userId);
if (offer === null) throw new Error('denied');
const active: CreditOffer = await ecs.offers.accept(offer.offer_id).waitUntilActive({ timeoutMs: 5_000 });
const titles: string[] = [];
for await (const { title } of ecs.notifications.list(userId)) titles.push(title);
const paths = await ecs.transactions.send({ userId, amount: -1 }).catch((error: unknown) => {
  if (error instanceof ValidationError && error instanceof EcsError) return error.errors.map(({ path }) => path);
  throw error;
});
// @ts-expect-error an amount is a number
ecs.transactions.send({ userId, amount: '1' }).catch(() => {});
// @ts-expect-error there is no such status
export const isNever = active.status === 'declined';
console.log(JSON.stringify({ outcomes, status: active.status, titles, paths }));
`;

describe("a partner's project", () => {
  const projects: [string, Record<string, unknown>, string][] = [
    [
      'Node, resolved as Node does',
      { module: 'NodeNext', lib: ['ES2022'], types: ['node'] },
      COMPILERS.newest,
    ],
    [
      'a bundler, with the DOM only',
      { module: 'ESNext', moduleResolution: 'bundler', lib: ['ES2022', 'DOM'] },
      COMPILERS.newest,
    ],
    [
      'a compiler of two years ago',
      { module: 'NodeNext', lib: ['ES2022', 'DOM', 'DOM.Iterable'] },
      COMPILERS.older,
    ],
  ];
  for (const [name, options, compiler] of projects) {
    test(`type-checks: ${name}`, () => {
      partner.write('app.ts', APP);
      must(partner.check(['app.ts'], options, compiler));
    });
  }

  test('runs on Node, and on Bun', async () => {
    partner.write('app.js', new Bun.Transpiler({ loader: 'ts' }).transformSync(APP));
    for (const runtime of [undefined, process.execPath]) {
      const { stdout } = must(await partner.run('app.js', {}, runtime));
      expect(JSON.parse(stdout)).toEqual({
        outcomes: ['accepted', 'accepted', 'rejected'],
        status: 'active',
        titles: ['Your credit limit is active'],
        paths: ['/body/amount'],
      });
    }
  });
});
