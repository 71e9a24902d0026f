import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type postgres from 'postgres';
import type { GivenAddresses } from '../../deploy/local/engines/engine.ts';
import type { Replicas } from '../../deploy/local/stack/replicas.ts';
import { type EngineUrls, startSystem, type System } from '../../deploy/local/stack/system.ts';
import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import { endOnSignal } from '../harness/end-on-signal.ts';
import { DRILL_FOLDER } from '../harness/memory.ts';
import { plantSeed } from '../harness/seed.ts';
import { check, type Findings, untilQuiet, violations } from './check.ts';
import { createFaults, type Faults } from './faults.ts';
import { EVENTS_WITHOUT_END, type Load, type LoadOptions, startLoad } from './load.ts';
import { createOffers, createCustomers, type Customer } from './customers.ts';
import { createRandom, type Random } from './random.ts';

/**
 * A drill starts the real processes, one per service, applies load through the gateway, injects a fault,
 * heals it, waits for quiet, and has the one checker examine the result.
 */
export interface Drill {
  name: string;
  summary: string;
  /**
   * How many events when nobody says; 0 of a load without any, or that lasts as long as the faults: nobody
   * can say.
   */
  events: number;
  /** How often its fault comes, or how long it lasts, when nobody says; without it nobody can say. */
  rounds?: number;
  seconds?: number;
  /** Why it cannot be run here; null when it can. */
  impossible?: () => string | null;
  /** Prepares the data folder before anything is started; the returned function is called at the end. */
  prepare?: (dataDir: string) => () => void;
  /** Starts engines in the place of those of the system; `close` ends them. */
  given?: (dataDir: string) => Promise<GivenAddresses>;
  /** Processes a service, where more than one. */
  replicas?: Replicas;
  /** Environment of the services, by the places of the system's data and of its engines. */
  variables?: (dataDir: string, urls: EngineUrls) => Record<string, string> | Promise<Record<string, string>>;
  /** Releases the resources that `given` and `variables` opened. */
  close?: () => void | Promise<void>;
  /** Injects the drill's fault while the load runs; may return figures. */
  run(stage: Stage): Promise<Record<string, number>>;
  /** Findings that are reported without being held against the system. */
  excuses?: (figures: Record<string, number>) => (keyof Findings)[];
  /** Dead letters that the drill itself causes. */
  deadLetters?: (figures: Record<string, number>) => number;
}

export interface Stage {
  system: System;
  sql: postgres.Sql;
  random: Random;
  faults: Faults;
  customers: Customer[];
  offers: Map<string, Customer>;
  events: number;
  /** By the options, else the drill's own; 0 of a drill without. */
  rounds: number;
  seconds: number;
  startLoad(changes?: Partial<LoadOptions>): Load;
  note(text: string): void;
  /** The drill's own claims: broken when one does not hold. */
  claim(text: string, holds: boolean): void;
  /** A claim on time: `npm run drills` breaks on it, a test only prints it, as no machine is always quiet. */
  claimSpeed(text: string, holds: boolean): void;
}

interface DrillOptions {
  seed: number;
  events?: number;
  /** Sends events for so long instead of so many. */
  minutes?: number;
  /** Of a drill that has them. */
  rounds?: number;
  seconds?: number;
  /** Between the requests of each lane of the load. */
  pauseMs?: number;
  /** Offers to accept, half as many as there are customers. */
  offers?: number;
  note?: (text: string) => void;
}

export interface DrillReport extends Findings {
  drill: string;
  seed: number;
  startedAt: string;
  seconds: number;
  faults: number;
  refusals: number;
  /** The same by status, or by kind of failure. */
  refused: Record<string, number>;
  recoverMs: number;
  own: Record<string, number>;
  violations: string[];
  /** The claims on time that did not hold. */
  tooSlow: string[];
}

/** A failure before a drill began says nothing about the system. */
export class NotBegun extends Error {
  override name = 'NotBegun';
}

/** Loads the system for as long as the work takes. */
export async function loadDuring({ startLoad }: Stage, work: (load: Load) => Promise<void>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const load = startLoad({ events: EVENTS_WITHOUT_END, until: over.promise });
  await work(load);
  over.resolve();
  await load.done;
}

const OFFERS = 20;

export async function runDrill(drill: Drill, options: DrillOptions): Promise<DrillReport> {
  const { seed, minutes, offers: wanted = OFFERS, pauseMs = 0, note = () => {} } = options;
  const events = minutes === undefined ? (options.events ?? drill.events) : EVENTS_WITHOUT_END;
  const forMs = minutes === undefined ? {} : { forMs: minutes * 60_000 };
  const startedAt = new Date();
  const dataDir = mkdtempSync(join(tmpdir(), DRILL_FOLDER));
  chmodSync(dataDir, 0o755);
  const undo = drill.prepare?.(dataDir) ?? (() => {});
  // A disk of its own is cut off, and would lose files without a sync.
  if (!drill.prepare && !drill.given) plantSeed(dataDir);
  const system = await startSystemOf(drill, dataDir).catch(async (error: unknown) => {
    await drill.close?.();
    undo();
    throw new NotBegun(String(error), { cause: error });
  });
  const ignoreSignals = endOnSignal(system);
  const pool = { max: 2, name: 'drill', connectSeconds: 30, backoff: () => 0.2 };
  const sql = connectPostgres(system.databaseUrl, pool);
  let clean = false;
  try {
    const random = createRandom(seed);
    const customers = await begin(createCustomers(system, sql, random, 2 * wanted));
    const offers = await begin(createOffers(sql, random, customers.slice(0, wanted)));
    const faults = createFaults(system);
    let load: Load | undefined;
    const refuted: string[] = [];
    const tooSlow: string[] = [];
    const stage: Stage = {
      system,
      sql,
      random,
      faults,
      customers,
      offers,
      events,
      rounds: options.rounds ?? drill.rounds ?? 0,
      seconds: options.seconds ?? drill.seconds ?? 0,
      note,
      claim: (text, holds) => void (holds || refuted.push(text)),
      claimSpeed: (text, holds) => void (holds || tooSlow.push(text)),
      startLoad: (changes) => {
        load = startLoad({ system, random, customers, offers, events, pauseMs, ...forMs, ...changes });
        return load;
      },
    };
    const figures = await drill.run(stage);
    if (!load) throw new Error('the drill gave no load');
    await load.done;
    await faults.allBack();
    const recoverMs = await untilQuiet(system, sql);
    const findings = await check(system, sql, load);
    const expected = {
      deadLetters: drill.deadLetters?.(figures) ?? 0,
      recoverMs,
      excused: drill.excuses?.(figures) ?? [],
    };
    const broken = [...refuted, ...violations(findings, expected)];
    clean = broken.length + tooSlow.length === 0;
    return {
      drill: drill.name,
      seed,
      startedAt: startedAt.toISOString(),
      seconds: Math.round((Date.now() - startedAt.getTime()) / 100) / 10,
      ...findings,
      faults: faults.injected,
      refusals: [...load.refused.values()].reduce((total, count) => total + count, 0),
      refused: Object.fromEntries(load.refused),
      recoverMs,
      own: figures,
      violations: broken,
      tooSlow,
    };
  } finally {
    await sql.end({ timeout: 1 });
    // All is checked: nothing has to be drained.
    system.kill();
    await system.stop();
    await drill.close?.();
    ignoreSignals();
    undo();
    // Keeps the data folder of a failed drill for the search for its cause.
    if (clean) rmSync(dataDir, { recursive: true, force: true });
    else note(`data and logs are kept in ${dataDir}`);
  }
}

async function startSystemOf({ given, replicas, variables }: Drill, dataDir: string): Promise<System> {
  return startSystem({
    dataDir,
    port: 0,
    split: true,
    ...(given ? { given: await given(dataDir) } : {}),
    ...(replicas ? { replicas } : {}),
    ...(variables ? { variables: (urls: EngineUrls) => variables(dataDir, urls) } : {}),
  });
}

function begin<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw new NotBegun(String(error), { cause: error });
  });
}
