import { expect, test } from 'bun:test';
import type { ChildState } from './state.ts';
import { createDeathTeller } from './tell-deaths.ts';

test('a death and the start after it are told once each; starts and stops in order are not', () => {
  const lines: string[] = [];
  const tell = createDeathTeller((line) => lines.push(line));
  const nats = (state: ChildState['state'], cause?: string): ChildState[] => [
    { name: 'nats', kind: 'engine', port: 1, restarts: 0, pid: 7, state, ...(cause && { cause }) },
  ];
  for (const children of [nats('starting'), nats('running'), nats('running')]) tell(children);
  expect(lines).toEqual([]);
  tell(nats('restarting', 'ended with SIGKILL'));
  tell(nats('restarting', 'ended with SIGKILL'));
  tell(nats('running'));
  tell(nats('stopped'));
  expect(lines).toEqual(['nats ended with SIGKILL: it is started again', 'nats runs again (pid 7)']);
});
