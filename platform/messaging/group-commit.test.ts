import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createGroupCommit, type GroupCommit, type GroupMessage } from './group-commit.ts';

const LIMITS = {
  linesPerMessage: 100,
  bytesPerMessage: 1000,
  linesPending: 1000,
  linesPendingPerCustomer: 1000,
  waitMsMax: 5000,
};

const of = (userId: string, ...lines: string[]) => lines.map((line) => ({ userId, line }));
const addTo = (group: GroupCommit, line: string) => group.add(of('a customer', line));

/** A broker that acknowledges when the test says so. */
function heldSender() {
  const messages: string[] = [];
  const acks: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const send = ({ text }: GroupMessage) => {
    messages.push(text);
    return new Promise<void>((resolve, reject) => void acks.push({ resolve, reject }));
  };
  return { send, messages, acks };
}

const endOfTurn = () => new Promise(setImmediate);

describe('group commit', () => {
  test('an idle system sends an event at once, alone', () => {
    const { send, messages } = heldSender();
    void addTo(createGroupCommit(send, LIMITS), 'a');
    expect(messages).toEqual(['a']);
  });

  test('what arrives while a message is on its way leaves in the next one, and waits for that one', async () => {
    const { send, messages, acks } = heldSender();
    const group = createGroupCommit(send, LIMITS);
    const finished: string[] = [];
    const add = (line: string) => addTo(group, line).then(() => finished.push(line));
    const [a, b, c] = [add('a'), add('b'), add('c')];
    acks[0]?.resolve();
    await a;
    // The acknowledged producer sends again, in the same turn.
    const d = add('d');
    await endOfTurn();
    expect(messages).toEqual(['a', 'b\nc\nd']);
    expect(finished).toEqual(['a']);
    acks[1]?.resolve();
    await Promise.all([b, c, d]);
    expect(group.pending()).toBe(0);
  });

  test('after the last response it is idle again', async () => {
    const { send, messages, acks } = heldSender();
    const group = createGroupCommit(send, LIMITS);
    const first = addTo(group, 'a');
    acks[0]?.resolve();
    await first;
    await endOfTurn();
    await endOfTurn();
    void addTo(group, 'b');
    expect(messages).toEqual(['a', 'b']);
  });

  test('a message that fails, fails exactly its events', async () => {
    const { send, acks } = heldSender();
    const group = createGroupCommit(send, LIMITS);
    const results = [addTo(group, 'a'), addTo(group, 'b'), addTo(group, 'c')].map((call) =>
      call.then(
        () => 'ok',
        () => 'failed',
      ),
    );
    acks[0]?.resolve();
    await results[0];
    await endOfTurn();
    acks[1]?.reject(new Error('no PubAck'));
    expect(await Promise.all(results)).toEqual(['ok', 'failed', 'failed']);
    const later = addTo(group, 'd');
    await endOfTurn();
    acks[2]?.resolve();
    await later;
  });

  test('a message is bounded by lines and by bytes, and one line always fits', async () => {
    const messages: string[] = [];
    const send = async ({ text }: GroupMessage) => void messages.push(text);
    const group = createGroupCommit(send, { ...LIMITS, linesPerMessage: 3, bytesPerMessage: 10 });
    await Promise.all(
      ['1', '2', '3', '4', '5', 'éééé', 'x'.repeat(20), 'y'].map((line) => addTo(group, line)),
    );
    expect(messages).toEqual(['1', '2\n3\n4', '5', 'éééé', 'x'.repeat(20), 'y']);
  });

  test('what may wait is bounded: more is rejected at once', async () => {
    const { send } = heldSender();
    const group = createGroupCommit(send, { ...LIMITS, linesPending: 2 });
    void addTo(group, 'a');
    void addTo(group, 'b');
    expect(await addTo(group, 'c').catch((error: unknown) => error)).toMatchObject({
      status: 503,
      code: 'overloaded',
    });
  });

  test('a single event leaves with the next message, however many lines of another wait', async () => {
    const { send, messages, acks } = heldSender();
    const group = createGroupCommit(send, { ...LIMITS, linesPerMessage: 4 });
    const greedy = group.add(of('greedy', ...Array.from({ length: 40 }, (_, at) => `g${at}`)));
    const [b, c] = [group.add(of('b', 'b0')), group.add(of('c', 'c0'))];
    acks[0]?.resolve();
    while (messages.length < 2) await endOfTurn();
    expect(messages[1]?.split('\n')).toEqual(expect.arrayContaining(['b0', 'c0']));
    acks[1]?.resolve();
    await Promise.all([b, c]);
    for (let at = 2; group.pending() > 0; await endOfTurn()) {
      acks[at]?.resolve();
      if (acks[at]) at += 1;
    }
    await greedy;
    expect(
      messages
        .join('\n')
        .split('\n')
        .filter((line) => line.startsWith('g')),
    ).toEqual(Array.from({ length: 40 }, (_, at) => `g${at}`));
  });

  test('a batch fails with the first message that carries a line of it, and the rest of it stays', async () => {
    const { send, messages, acks } = heldSender();
    const group = createGroupCommit(send, { ...LIMITS, linesPerMessage: 2 });
    const batch = group.add(of('a', '1', '2', '3', '4')).catch(() => 'failed');
    const otherCall = group.add(of('b', '5'));
    acks[0]?.reject(new Error('no PubAck'));
    expect(await batch).toBe('failed');
    await endOfTurn();
    acks[1]?.resolve();
    await otherCall;
    expect(messages).toEqual(['1\n2', '5']);
  });

  test('what may wait of one customer is bounded by itself', async () => {
    const { send } = heldSender();
    const group = createGroupCommit(send, { ...LIMITS, linesPendingPerCustomer: 3 });
    void group.add(of('greedy', '0'));
    void group.add(of('greedy', '1', '2', '3'));
    expect(await group.add(of('greedy', '4')).catch((error: unknown) => error)).toMatchObject({
      status: 503,
    });
    void group.add(of('other', '5'));
    expect(group.pending()).toBe(5);
  });

  test('every line leaves once, in the order of its customer, whatever the sizes', async () => {
    const lines = fc.array(fc.record({ userId: fc.constantFrom('a', 'b', 'c', 'd'), size: fc.nat(9000) }), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 1, max: 9 }), async (sizes, linesPerMessage) => {
        const sentLines: string[] = [];
        const group = createGroupCommit(async ({ text }) => void sentLines.push(...text.split('\n')), {
          ...LIMITS,
          linesPerMessage,
          bytesPerMessage: 12_000,
        });
        const expected = sizes.map(({ userId, size }, at) => ({
          userId,
          line: `${userId}${at}:${'x'.repeat(size)}`,
        }));
        await Promise.all(expected.map((event) => group.add([event])));
        expect(sentLines.toSorted()).toEqual(expected.map(({ line }) => line).toSorted());
        for (const customer of ['a', 'b', 'c', 'd']) {
          const ordered = expected.filter(({ userId }) => userId === customer).map(({ line }) => line);
          expect(sentLines.filter((line) => line.startsWith(customer))).toEqual(ordered);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('what waited too long behind a slow broker is rejected, not sent', async () => {
    const { send, messages, acks } = heldSender();
    const group = createGroupCommit(send, { ...LIMITS, waitMsMax: 150 });
    const first = addTo(group, 'a');
    const late = addTo(group, 'b').catch((error: unknown) => error);
    await Bun.sleep(200);
    acks[0]?.resolve();
    await first;
    expect(await late).toMatchObject({ status: 503, code: 'broker_unavailable' });
    void addTo(group, 'c');
    while (messages.length < 2) await endOfTurn();
    expect(messages).toEqual(['a', 'c']);
  });
});
