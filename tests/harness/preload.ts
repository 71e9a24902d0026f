import { afterAll } from 'bun:test';
import { stopEngines } from './engines.ts';

afterAll(stopEngines);
