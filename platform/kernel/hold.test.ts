import { describe, expect, test } from 'bun:test';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { createLifecycle } from './lifecycle.ts';
import { holdUntilLine } from './hold.ts';

const { log } = createTestRuntime();

/** A hold, and both ends of its input. */
function createHold() {
  const lifecycle = createLifecycle(log);
  const { readable, writable } = new TransformStream<Uint8Array>();
  const writer = writable.getWriter();
  let ends = 0;
  const hold = holdUntilLine(lifecycle, () => (ends += 1), readable);
  return {
    hold,
    lifecycle,
    write: () => writer.write(new TextEncoder().encode('prepared\n')),
    close: () => writer.close(),
    ends: () => ends,
  };
}

describe('a hold', () => {
  test('is over with a line, and not before', async () => {
    const { hold, write, ends } = createHold();
    expect(hold.isOver()).toBe(false);
    await write();
    await hold.over;
    expect([hold.isOver(), ends()]).toEqual([true, 0]);
  });

  test('whose input ends without a line ends the process, and is never over', async () => {
    const { hold, close, ends } = createHold();
    await close();
    expect([hold.isOver(), ends()]).toEqual([false, 1]);
  });

  test('is over when the process drains, so that nothing waits for it', async () => {
    const { hold, lifecycle, ends, close } = createHold();
    await lifecycle.stop();
    await hold.over;
    await close();
    expect([hold.isOver(), ends()]).toEqual([true, 0]);
  });
});
