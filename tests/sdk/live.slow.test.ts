import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { PartnerSecret } from '../../sdk/contracts/operator-partners.ts';
import * as sdk from '../../sdk/index.ts';
import { openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/engines.ts';
import { usePartners } from '../harness/partners.ts';
import { type Customer, newCustomer, useSystem } from '../harness/system.ts';
import { createPartnerProject, must, type PartnerProject } from './partner.ts';
import { journey, OUTCOME, RUNTIMES, runJourney } from './runtimes.ts';
import { isNamed, listedMethods, quickStartOutput, readPage, readSnippets } from './readme.ts';

const START_MS = 90_000;

/** A partner with nothing but the package and its README, against the real system. */
let partner: PartnerProject;
let browser: Browser;
/** Two web servers of the partner's: the API knows the origin of one of them. */
const site = serveSite();
const foreignSite = serveSite();
const originOf = ({ port }: { port?: number | undefined }) => `http://localhost:${port}`;

const system = useSystem({ split: false, variables: { CORS_ORIGINS: originOf(site) } });

beforeAll(async () => {
  [partner, browser] = await Promise.all([createPartnerProject(), openBrowser()]);
}, START_MS);
afterAll(async () => {
  await browser?.close();
  await Promise.all([site.stop(true), foreignSite.stop(true)]);
});

function serveSite() {
  return Bun.serve({
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      const isModule = pathname.startsWith('/sdk/');
      const page = `<!doctype html><html data-api="${system().url}"><head>${readPage()}</head><body></body></html>`;
      const text = isModule ? readFileSync(join(partner.packageDir, 'dist', 'esm', pathname), 'utf8') : page;
      return new Response(text, {
        headers: { 'content-type': isModule ? 'text/javascript' : 'text/html; charset=utf-8' },
      });
    },
  });
}

/** The output of each snippet of the README, or the start of it. */
const PRINTS: Record<string, RegExp> = {
  'Quick start': /Your credit limit is active/,
  Recipes: /^$/,
  'One event': /^[0-9a-f-]{36}\n$/,
  'A batch': /^2 accepted\nline 2: invalid_event, \/amount Expected number to be greater than 0\n$/,
  'A steady flow': /^\{ accepted: 1000, rejected: 0, failed: 0, later: 0 \}\n$/,
  'Why was I denied?': /^offer [0-9a-f-]{36} 0(\.\d+)?\n$/,
  'A person looks again': /^$/,
  'Offers, page by page or all': /^1 of 1\n[0-9a-f-]{36} offered\n$/,
  'Accept, and wait until the limit is active': /^active 20\d\d-/,
  'Notifications, live': /^connected\nYour credit limit is active\n$/,
  'A token that is renewed': /^1\n$/,
  Errors: /^\/body\/amount Expected number to be greater than 0\n$/,
  'The response, and its request id': /^200 [0-9a-f-]{36} 1 .* 1\ntrue\n$/,
  'Other options for some calls': /^true\n1\n$/,
  'An endpoint newer than the SDK': /^1\n$/,
  Logs: /^ecs: GET http\S+ -> 200 in \d+ ms/,
  'Time, and an end to waiting': /^$/,
  'An idempotency key that outlives the process': /^true\n$/,
  'One key, one event': /^true\n$/,
  'Watch every attempt': /^GET http\S+ 1\n200 \d+ [0-9a-f-]{36}\n$/,
  "A partner's own credentials": /^event received\n$/,
  Webhooks: /^webhook_headers_missing\n$/,
  'Events for every user': /^\{ accepted: 1, rejected: 0, failed: 0 \}\n$/,
  'In your tests': /^$/,
};

describe('the README', () => {
  const snippets = readSnippets();
  let customer: Customer;
  let shop: PartnerSecret;
  const fileOf = (index: number, extension: string) => `snippet-${index}.${extension}`;

  beforeAll(async () => {
    customer = await newCustomer(system().url);
    shop = await (await usePartners(system())).add({ scopes: ['transactions:write'] });
    const { emotions, transactions } = new sdk.EcsClient({ baseUrl: system().url, token: customer.token });
    const { id: userId } = customer;
    const metrics = { positivity: 0.95, intensity: 0.3, stress_level: 0.1 };
    await emotions.send({ userId, emotionEvent: { type: 'calm', metrics } });
    await transactions.sendBatch(Array.from({ length: 40 }, () => ({ userId, amount: 150 })));
    await eventually('the past of the customer is stored', async () => {
      const [row] = await system().sql`
        select count(*)::int as count from transactions where user_id = ${userId}`;
      return row?.count === 40 && (await emotions.summary(userId)).items.length === 1;
    });
  });

  test('type-checks, every snippet of it', () => {
    const files = snippets.map(({ code }, index) => {
      partner.write(fileOf(index, 'ts'), code);
      return fileOf(index, 'ts');
    });
    must(partner.check(files, { module: 'NodeNext', lib: ['ES2022'], types: ['node'] }));
  });

  test('has an expected output here for every snippet', () => {
    expect(snippets.map(({ title }) => title)).toEqual(Object.keys(PRINTS));
  });

  for (const [index, { title, code }] of snippets.entries()) {
    test(`does what it says: ${title}`, async () => {
      partner.write(fileOf(index, 'js'), new Bun.Transpiler({ loader: 'ts' }).transformSync(code));
      const { stdout } = must(
        await partner.run(fileOf(index, 'js'), {
          ECS_URL: system().url,
          ECS_TOKEN: customer.token,
          ECS_USER_ID: customer.id,
          ECS_EMAIL: customer.email,
          ECS_PASSWORD: customer.password,
          ECS_INTERNAL_KEY: system().internalKey,
          ECS_CLIENT_ID: shop.client_id,
          ECS_CLIENT_SECRET: shop.client_secret ?? '',
        }),
      );
      expect(stdout).toMatch(PRINTS[title] ?? 'nothing is known of it');
      if (title === 'Quick start') expect(withoutFigures(stdout)).toBe(withoutFigures(quickStartOutput()));
    });
  }

  test('names everything that the package exports', () => {
    expect(Object.keys(sdk).filter((name) => !isNamed(name))).toEqual([]);
  });

  test('lists every method that there is', () => {
    const client = new sdk.EcsClient({ baseUrl: system().url });
    const methods = Object.entries(client).flatMap(([resource, its]) =>
      Object.keys(its as object).map((name) => `${resource}.${name}`),
    );
    expect(listedMethods().toSorted()).toEqual(methods.toSorted());
  });
});

/** The decision depends on the number of events that are stored already. */
const withoutFigures = (text: string) => text.replace(/\d[\d.,]*\d|\d/g, 'N').replace(/long|short/, 'some');

describe('a page in a browser', () => {
  test('of an origin that is named calls the API with the SDK from the README', async () => {
    const page = await browser.newPage();
    await page.goto(originOf(site));
    await page.waitForFunction(() => document.body.textContent?.trim());
    expect((await page.textContent('body'))?.trim()).toMatch(/^denied: There are few transactions/);
  });

  test('has all of it: a writer, an acceptance, a live notification, errors with their headers', async () => {
    const customer = await newCustomer(system().url);
    const page = await browser.newPage();
    await page.goto(originOf(site));
    const options = { baseUrl: system().url, userId: customer.id, token: customer.token };
    const call = `import('/sdk/index.js').then((sdk) => (${journey.toString()})(sdk, ${JSON.stringify(options)}))`;
    expect(await page.evaluate(call)).toEqual(OUTCOME);
  });

  test('of any other origin is kept out by its browser', async () => {
    const page = await browser.newPage();
    await page.goto(originOf(foreignSite));
    const failure = await page.evaluate(loginFromForeignSite, { baseUrl: system().url });
    expect(failure).toEqual(['connection_failed', true]);
  });
});

describe.each(RUNTIMES)('in %s', (runtime) => {
  test('the packed SDK makes the whole journey', async () => {
    const { id: userId, token } = await newCustomer(system().url);
    const outcome = await runJourney(partner, runtime, { baseUrl: system().url, userId, token });
    expect(outcome).toEqual({ ...OUTCOME, isPolling: runtime === 'React Native' });
  });
});

test('a writer and a subscription outlive the death of every part', async () => {
  const { id: userId, token } = await newCustomer(system().url);
  const ecs = new sdk.EcsClient({ baseUrl: system().url, token });
  const leaving = new AbortController();
  const states: string[] = [];
  const onState = (state: string) => void states.push(state);
  const notification = ecs.notifications.subscribe(userId, { signal: leaving.signal, onState }).next();
  await eventually('the subscription is there', () => states.includes('connected'));

  const stored = (count: number) =>
    eventually(`${count} are stored, each once`, async () => {
      const [row] = await system().sql`
        select count(*)::int as count from transactions where user_id = ${userId}`;
      return row?.count === count;
    });
  const writer = ecs.transactions.stream({ batchEventsMax: 20, batchDelayMs: 5 });
  const [parts] = system()
    .state()
    .children.filter(({ kind }) => kind === 'service');
  for (let event = 1; event <= 500; event += 1) {
    await writer.write({ userId, amount: 150 });
    if (event !== 100) continue;
    await writer.flush();
    // A message in flight when its worker dies is delivered again after the ack wait, which this test is
    // not about.
    await stored(100);
    process.kill(parts?.pid ?? 0, 'SIGKILL');
  }
  expect(await writer.close()).toEqual({ accepted: 500, rejected: 0, failed: 0 });
  await stored(500);

  const { offer } = await ecs.analyses.create(userId);
  await ecs.offers.accept(offer?.offer_id ?? '').waitUntilActive();
  expect((await notification).value).toMatchObject({ position: 1, offer_id: offer?.offer_id });
  expect(states.slice(0, 2)).toEqual(['connected', 'reconnecting']);
  leaving.abort();
});

type Sdk = typeof sdk;

/** Runs in the page. */
async function loginFromForeignSite({ baseUrl }: { baseUrl: string }) {
  const path = '/sdk/index.js';
  const { EcsClient } = (await import(path)) as Sdk;
  const { auth } = new EcsClient({ baseUrl, maxRetries: 0 });
  return auth.login({ email: 'ada@example.com', password: 'x' }).then(
    () => 'it was allowed',
    ({ code, message }: { code?: string; message: string }) => [
      code,
      message.includes(`or this origin, ${location.origin}, is not in CORS_ORIGINS`),
    ],
  );
}
