import { afterAll, setDefaultTimeout } from 'bun:test';
import { stopEngines } from './engines.ts';

// A shared machine may be slow; what a test waits for has its own, shorter deadline.
setDefaultTimeout(30_000);

afterAll(stopEngines);
