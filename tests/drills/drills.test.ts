import { describe, expect, test } from 'bun:test';
import { DRILLS } from './catalogue.ts';
import { runDrill } from './drill.ts';

/** The short drills of every run; all of them, and longer: `npm run drills`. */
const SHORT: [name: string, events: number][] = [
  ['kill-storm', 20_000],
  ['broker-wiped', 0],
  ['poison', 2000],
  ['duplicates', 1500],
  ['crash-at-consume-handled', 300],
];

describe('a drill', () => {
  test.each(SHORT)(
    '%s leaves nothing lost, doubled or half done',
    async (name, events) => {
      const drill = DRILLS.find((one) => one.name === name);
      if (!drill) throw new Error(`no drill ${name}`);
      const seed = Math.floor(Math.random() * 2 ** 31);
      const notes: string[] = [];
      const report = await runDrill(drill, { seed, events, note: (text) => notes.push(text) });
      // The seed and the folder of a broken run are what its cause is found by.
      expect({ seed, notes, violations: report.violations }).toEqual({ seed, notes: [], violations: [] });
      expect(report.acknowledged).toBe(events);
      expect(report.accepted).toBe(20);
    },
    240_000,
  );
});
