import { afterAll } from 'bun:test';
import { stopEngines } from './engines.ts';
import { DRILL_FOLDER, moveToFolder } from './memory.ts';

// A run has made one already: here it is a file that is run alone, and that may be killed as well.
moveToFolder([DRILL_FOLDER]);
afterAll(stopEngines);
