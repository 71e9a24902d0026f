import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { DRILLS } from '../drills/catalogue.ts';
import { CONTROLS } from '../drills/controls.ts';
import { findMarkers } from '../drills/markers.ts';

test('every marker of a control stands in the code exactly once, and no other does', () => {
  const markers = findMarkers(join(import.meta.dir, '..', '..')).map(({ name }) => name);
  expect(markers.toSorted()).toEqual(CONTROLS.map(({ marker }) => marker).toSorted());
});

test('every control has a drill, which takes the sizes that it is run with', () => {
  const refused = CONTROLS.filter(({ drill: name, events, rounds }) => {
    const drill = DRILLS.find((candidate) => candidate.name === name);
    return !drill || (events !== undefined && drill.events === 0) || (rounds !== undefined && !drill.rounds);
  });
  expect(refused.map(({ name }) => name)).toEqual([]);
});

test('docs/drills.md has a row of figures for every drill, and for no other', async () => {
  const document = await Bun.file(join(import.meta.dir, '..', '..', 'docs', 'drills.md')).text();
  const rows = document.match(/(?<=^\|.*`ecs drill run )[\w-]+/gm) ?? [];
  expect([...new Set(rows)].toSorted()).toEqual(DRILLS.map(({ name }) => name).toSorted());
});
