import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DRILLS } from '../drills/catalogue.ts';
import { CONTROLS } from '../drills/controls.ts';
import { findMarkers } from '../drills/markers.ts';

test('every marker of a control stands in the code exactly once, and no other does', () => {
  const markers = findMarkers(join(import.meta.dir, '..', '..')).map(({ name }) => name);
  expect(markers.toSorted()).toEqual(CONTROLS.map(({ marker }) => marker).toSorted());
});

test('a broken line leaves as many brackets open as the line that it replaces, so that a statement stays one', () => {
  const root = join(import.meta.dir, '..', '..');
  const openBrackets = (line: string) =>
    line.replace(/[^([{]/g, '').length - line.replace(/[^)\]}]/g, '').length;
  const broken = findMarkers(root).filter(({ name, file, line: index }) => {
    const line = readFileSync(join(root, file), 'utf8').split('\n')[index] ?? '';
    const control = CONTROLS.find(({ marker }) => marker === name);
    return openBrackets(control?.line ?? '') !== openBrackets(line);
  });
  expect(broken.map(({ name }) => name)).toEqual([]);
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
