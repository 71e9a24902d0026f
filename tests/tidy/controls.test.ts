import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { CONTROLS } from '../drills/controls.ts';
import { findMarkers } from '../drills/markers.ts';

test('every marker of a control stands in the code exactly once, and no other does', () => {
  const markers = findMarkers(join(import.meta.dir, '..', '..')).map(({ name }) => name);
  expect(markers.toSorted()).toEqual(CONTROLS.map(({ marker }) => marker).toSorted());
});
