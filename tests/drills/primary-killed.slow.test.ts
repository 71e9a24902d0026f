// needs: patroni, etcd, pgRewind
import { expect, test } from 'bun:test';
import { runDrill } from './drill.ts';
import { primaryKilled } from './primary-killed.ts';

/** Ten of them: `ecs drill run postgresql-primary-killed`. */
const rounds = 2;
const DRILL_MS = 400_000;
/** Between a response and the next request: load without end would take most of the processor from other suites. */
const pauseMs = 150;

test(
  'nothing acknowledged is lost with the primary: its standby takes over, and it rejoins by itself',
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const notes: string[] = [];
    const report = await runDrill(primaryKilled, {
      seed,
      rounds,
      pauseMs,
      note: (text) => notes.push(text),
    });
    const { violations } = report;
    for (const claim of report.tooSlow) console.warn(`--seed ${seed} was too slow: ${claim}`);
    expect({ seed, notes: violations.length > 0 ? notes : [], violations }).toEqual({
      seed,
      notes: [],
      violations: [],
    });
    // Each kill, and etcd frozen.
    expect(report.faults).toBe(rounds + 1);
    expect(report.acknowledged).toBeGreaterThan(0);
    // Those of each kill, beside those of every drill.
    expect(report.accepted).toBe(20 + 20 * rounds);
    expect(report.analysed).toBeGreaterThan(40);
  },
  DRILL_MS,
);
