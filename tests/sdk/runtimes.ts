import { join } from 'node:path';
import type * as sdk from '../../sdk/index.ts';
import { must, type PartnerProject } from './partner.ts';

interface JourneyOptions {
  baseUrl: string;
  userId: string;
  token: string;
}

/**
 * A customer's way from events to a live notification, as it runs in every runtime: it stands for itself, and
 * gets the SDK that its runtime has loaded.
 */
export async function journey(ecsSdk: typeof sdk, { baseUrl, userId, token }: JourneyOptions) {
  const { EcsClient, EcsError, requestIdOf } = ecsSdk;
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const logger = { error: warn, warn, info: warn, debug: warn };
  const ecs = new EcsClient({ baseUrl, token, logger });
  const writer = ecs.emotions.stream();
  const metrics = { positivity: 1, intensity: 0.3, stress_level: 0.1 };
  for (let count = 0; count < 3; count += 1) {
    await writer.write({ userId, emotionEvent: { type: 'calm', metrics } });
  }
  const totals = await writer.close();
  const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
  while ((await ecs.emotions.summary(userId)).items.length === 0) await pause();
  const { data, requestId, attempts } = await ecs.analyses.create(userId).withResponse();
  const offerId = data.offer ? data.offer.offer_id : '';
  const notifications = ecs.notifications.subscribe(userId, { pollMs: 50 });
  const notification = notifications.next();
  const { status } = await ecs.offers.accept(offerId).waitUntilActive();
  const { value } = await notification;
  await notifications.return();
  const error = await ecs.offers.get(userId).catch((caught: unknown) => caught);
  if (!(error instanceof EcsError)) throw error;
  return {
    totals,
    isIdentified: requestId.length === 36 && requestIdOf(data) === requestId && attempts === 1,
    status,
    title: value ? value.title : null,
    error: [error.name, error.kind, error.code, error.requestId === error.problem?.requestId],
    isPolling: warnings.length === 1 && warnings[0]?.endsWith('instead') === true,
  };
}

export const OUTCOME = {
  totals: { accepted: 3, rejected: 0, failed: 0 },
  isIdentified: true,
  status: 'active',
  title: 'Your credit limit is active',
  error: ['NotFoundError', 'status', 'offer_not_found', true],
  isPolling: false,
};

const FINISH =
  'journey(sdk, JSON.parse(process.env.JOURNEY)).then((outcome) => console.log(JSON.stringify(outcome)))';

/** Programs of a partner's, each with the file and the runtime that it has. */
const PROGRAMS = {
  'Node, as an ES module': { file: 'journey.mjs', head: "import * as sdk from '@ecs/sdk';" },
  'Node, as CommonJS': { file: 'journey.cjs', head: "const sdk = require('@ecs/sdk');" },
  Bun: { file: 'journey-bun.mjs', head: "import * as sdk from '@ecs/sdk';", runtime: process.execPath },
};

/** Globals of an edge runtime: those of the web, and no environment. */
const EDGE = `
  const allowed = {};
  for (const name of ['fetch', 'Response', 'Request', 'Headers', 'URL', 'URLSearchParams', 'AbortController',
    'AbortSignal', 'DOMException', 'TextEncoder', 'TextDecoder', 'ReadableStream', 'crypto', 'setTimeout',
    'clearTimeout', 'performance', 'atob', 'console']) allowed[name] = globalThis[name];
  allowed.EdgeRuntime = 'edge';
`;

/** Globals of React Native: a fetch that waits for the whole response, and has no body to read. */
const NATIVE = `
  class PlainSignal extends EventTarget { aborted = false; }
  class PlainController {
    signal = new PlainSignal();
    abort() {
      if (this.signal.aborted) return;
      this.signal.aborted = true;
      this.signal.dispatchEvent(new Event('abort'));
    }
  }
  class PlainResponse {}
  class PlainUrl {
    constructor(text) { if (!/^https?:/.test(text)) throw new TypeError('invalid'); }
    get origin() { throw new Error('not implemented'); }
  }
  const allowed = {
    Headers, setTimeout, clearTimeout, performance, atob, console,
    Response: PlainResponse, URL: PlainUrl, AbortController: PlainController,
    navigator: { product: 'ReactNative' },
    async fetch(url, { signal, credentials, redirect, ...init }) {
      const link = new AbortController();
      signal.addEventListener('abort', () => link.abort());
      const response = await fetch(url, { ...init, signal: link.signal });
      const body = await response.text();
      const { status, ok, headers } = response;
      return Object.assign(new PlainResponse(), { status, ok, headers, text: async () => body });
    },
  };
`;

const WORLDS = { 'an edge runtime': EDGE, 'React Native': NATIVE };

export const RUNTIMES = [...Object.keys(PROGRAMS), ...Object.keys(WORLDS)];

/** Makes the journey in a runtime with the package that a partner has installed. */
export async function runJourney(partner: PartnerProject, runtime: string, options: JourneyOptions) {
  const environment = { JOURNEY: JSON.stringify(options) };
  const { file, ...how } = PROGRAMS[runtime as keyof typeof PROGRAMS] ?? {
    file: await writeWorld(partner, WORLDS[runtime as keyof typeof WORLDS]),
    head: null,
  };
  if (how.head !== null) partner.write(file, `${how.head}\n${journey.toString()}\n${FINISH}`);
  const { stdout } = must(await partner.run(file, environment, 'runtime' in how ? how.runtime : undefined));
  return JSON.parse(stdout) as typeof OUTCOME;
}

/** A program that runs the journey, bundled as such runtimes need it, with these globals and no other. */
async function writeWorld(partner: PartnerProject, globals: string): Promise<string> {
  const entry = partner.write(
    'world.mjs',
    `import * as sdk from '@ecs/sdk';\n${journey.toString()}\nglobalThis.start = (options) => journey(sdk, options);`,
  );
  const built = await Bun.build({ entrypoints: [entry], target: 'browser', format: 'iife' });
  partner.write('world.js', (await built.outputs[0]?.text()) ?? '');
  const program = `
    const { readFileSync } = require('node:fs');
    const vm = require('node:vm');
    ${globals}
    const context = vm.createContext(allowed);
    vm.runInContext(readFileSync(${JSON.stringify(join(partner.folder, 'world.js'))}, 'utf8'), context);
    allowed.start(JSON.parse(process.env.JOURNEY)).then((outcome) => console.log(JSON.stringify(outcome)));
  `;
  partner.write('run-world.cjs', program);
  return 'run-world.cjs';
}
