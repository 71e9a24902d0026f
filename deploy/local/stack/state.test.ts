import { expect, test } from 'bun:test';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, temporaryFolder } from '../../../tests/harness/engines.ts';
import { identify } from '../processes/process-id.ts';
import { keepState, readState, type SystemState } from './state.ts';

const stateOf = (): SystemState => ({
  supervisor: identify(process.pid),
  state: 'starting',
  url: 'http://localhost:1',
  databaseUrl: '',
  natsUrl: '',
  redisUrl: '',
  enginePorts: {},
  children: [],
});
/** Stands where the file is written first. */
const obstacleIn = (dataDir: string) => join(dataDir, `state.json.${process.pid}.tmp`);

test('a state that cannot be written is written once it can be, and its supervisor goes on', async () => {
  const dataDir = temporaryFolder();
  const state = stateOf();
  const file = keepState(dataDir, state);
  file.save();
  mkdirSync(obstacleIn(dataDir));
  state.state = 'running';
  file.save();
  expect(readState(dataDir)).toMatchObject({ state: 'starting' });
  rmdirSync(obstacleIn(dataDir));
  await eventually('it is written', () => readState(dataDir)?.state === 'running');
  file.remove();
});

test('a first state that cannot be written is an error', async () => {
  const dataDir = temporaryFolder();
  mkdirSync(obstacleIn(dataDir));
  expect(() => keepState(dataDir, stateOf()).save()).toThrow('EISDIR');
});
