import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { Replicas } from '../../deploy/local/stack/replicas.ts';
import { startSystem, type System } from '../../deploy/local/stack/system.ts';
import { createCustomers, type Customer } from '../drills/customers.ts';
import { createRandom } from '../drills/random.ts';
import { endOnSignal } from '../harness/end-on-signal.ts';
import { type Usage, usageOf } from './usage.ts';

/**
 * A row of the benchmark: ours, beside the limit that was measured in the same minute on the same machine.
 */
export interface Bench {
  name: string;
  unit: string;
  split: boolean;
  /** Processes a service, with `split`. */
  replicas?: Replicas;
  /** More environment for the services. */
  variables?: Record<string, string>;
  /** Whether `--connections` says how many clients send to it at once. */
  takesConnections?: boolean;
  /** Describes the limit. */
  against: string;
  ours(stage: BenchStage): Promise<Measured>;
  limit(stage: BenchStage): Promise<number>;
}

export interface Measured {
  value: number;
  p50Ms: number;
  p99Ms: number;
  /** How many events, analyses or acceptances the CPU time is for. */
  count: number;
  /** Seconds of a core that the generator used, where it is a process of its own. */
  cpuSeconds?: number;
}

export interface BenchStage {
  system: System;
  port: number;
  sql: postgres.Sql;
  customers: Customer[];
  seconds: number;
}

export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  limit: number;
  ratio: number;
  /** From the lowest to the highest round, as a share of the median. */
  spread: number;
  p50Ms: number;
  p99Ms: number;
  rssMb: number;
  cpuMsPer1000: number;
  /** CPU time of each service, engine and the generator for one event or analysis, in microseconds. */
  cpuUsByProcess?: Record<string, number>;
  rounds: number;
  against: string;
}

const CUSTOMERS = 500;

/** A system for rows beside the load: receivers on this machine, and no search of streams by erasures. */
export const FEATURE_STAGE = {
  split: false,
  variables: { WEBHOOK_ALLOW_NETWORKS: '127.0.0.0/8', ERASURE_SETTLE_SECONDS: '3600' },
} as const satisfies Pick<Bench, 'split' | 'variables'>;

/** Repeats work until the time is over; the count of all of it a second, and the times of each. */
export async function repeat({ seconds }: BenchStage, work: () => Promise<number>): Promise<Measured> {
  const waits: number[] = [];
  const startedMs = performance.now();
  let count = 0;
  let nowMs = startedMs;
  while (nowMs - startedMs < seconds * 1000) {
    count += await work();
    waits.push(performance.now() - nowMs);
    nowMs = performance.now();
  }
  const value = (count * 1000) / (nowMs - startedMs);
  return { value, p50Ms: median(waits), p99Ms: quantile(waits, 0.99), count };
}

/** Brings a private system up for the work, and takes it down again. */
export async function withStage<T>(
  options: { split: boolean; replicas?: Replicas; seconds: number; variables?: Record<string, string> },
  work: (stage: BenchStage) => Promise<T>,
): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ecs-bench-'));
  chmodSync(dataDir, 0o755);
  const system = await startSystem({
    dataDir,
    port: 0,
    split: options.split,
    ...(options.replicas ? { replicas: options.replicas } : {}),
    ...(options.variables ? { variables: options.variables } : {}),
  });
  const removeData = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  const ignoreSignals = endOnSignal({
    kill() {
      system.kill();
      removeData();
    },
  });
  const sql = postgres(system.databaseUrl, { max: 4, onnotice: () => {} });
  try {
    const customers = await createCustomers(system, sql, createRandom(1), CUSTOMERS);
    const port = Number(new URL(system.url).port);
    return await work({ system, port, sql, customers, seconds: options.seconds });
  } finally {
    await sql.end({ timeout: 1 });
    await system.stop();
    ignoreSignals();
    removeData();
  }
}

/** Rounds of limit and ours in turn, so that a noisy minute hits both; the medians, after a warm-up. */
export async function measure(bench: Bench, stage: BenchStage, rounds: number): Promise<BenchRow> {
  const quick = { ...stage, seconds: Math.min(stage.seconds, 2) };
  await bench.limit(quick);
  await bench.ours(quick);
  const ours: Measured[] = [];
  const limits: number[] = [];
  const ratios: number[] = [];
  const cpu: CpuUs[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const limit = await bench.limit(stage);
    const before = usageOf(stage.system);
    const measured = await bench.ours(stage);
    cpu.push(cpuUsOf(before, usageOf(stage.system), measured));
    ours.push(measured);
    limits.push(limit);
    ratios.push(measured.value / limit);
  }
  const values = ours.map(({ value }) => value);
  return {
    name: bench.name,
    value: round(median(values)),
    unit: bench.unit,
    limit: round(median(limits)),
    ratio: round(median(ratios)),
    spread: round((Math.max(...values) - Math.min(...values)) / median(values)),
    p50Ms: round(median(ours.map(({ p50Ms }) => p50Ms))),
    p99Ms: round(median(ours.map(({ p99Ms }) => p99Ms))),
    rssMb: usageOf(stage.system).peakRssMb,
    cpuMsPer1000: round(median(cpu.map(({ system }) => system))),
    cpuUsByProcess: Object.fromEntries(
      [...(cpu[0]?.byProcess.keys() ?? [])].map((name) => [
        name,
        round(median(cpu.map(({ byProcess }) => byProcess.get(name) ?? 0))),
      ]),
    ),
    rounds,
    against: bench.against,
  };
}

/** CPU time for one event or analysis, in microseconds: of the system, and of each process. */
interface CpuUs {
  system: number;
  byProcess: Map<string, number>;
}

function cpuUsOf(before: Usage, after: Usage, { count, cpuSeconds }: Measured): CpuUs {
  const byProcess = new Map<string, number>();
  const microsecondsOf = (seconds: number) => (seconds * 1e6) / count;
  for (const [name, seconds] of after.cpuSecondsByProcess) {
    byProcess.set(name, microsecondsOf(seconds - (before.cpuSecondsByProcess.get(name) ?? 0)));
  }
  if (cpuSeconds !== undefined) byProcess.set('generator', microsecondsOf(cpuSeconds));
  return { system: microsecondsOf(after.cpuSeconds - before.cpuSeconds), byProcess };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Three digits say all that a noisy machine can. */
function round(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
