import { describe, expect, test } from 'bun:test';
import { createGroupCommit } from './group-commit.ts';

const LIMITS = { linesPerMessage: 100, bytesPerMessage: 1000, linesPending: 1000 };

/** A broker whose answers the test gives. */
function heldSender() {
  const messages: string[] = [];
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const send = (message: string) => {
    messages.push(message);
    return new Promise<void>((resolve, reject) => void answers.push({ resolve, reject }));
  };
  return { send, messages, answers };
}

const endOfTurn = () => new Promise(setImmediate);

describe('group commit', () => {
  test('an idle system sends an event at once, alone', () => {
    const { send, messages } = heldSender();
    void createGroupCommit(send, LIMITS).add('a');
    expect(messages).toEqual(['a']);
  });

  test('what arrives while a message is on its way leaves in the next one, and waits for that one', async () => {
    const { send, messages, answers } = heldSender();
    const group = createGroupCommit(send, LIMITS);
    const done: string[] = [];
    const add = (line: string) => group.add(line).then(() => done.push(line));
    const [a, b, c] = [add('a'), add('b'), add('c')];
    answers[0]?.resolve();
    await a;
    // Who was answered asks again, in the same turn.
    const d = add('d');
    await endOfTurn();
    expect(messages).toEqual(['a', 'b\nc\nd']);
    expect(done).toEqual(['a']);
    answers[1]?.resolve();
    await Promise.all([b, c, d]);
    expect(group.pending()).toBe(0);
  });

  test('after the last answer it is idle again', async () => {
    const { send, messages, answers } = heldSender();
    const group = createGroupCommit(send, LIMITS);
    const first = group.add('a');
    answers[0]?.resolve();
    await first;
    await endOfTurn();
    await endOfTurn();
    void group.add('b');
    expect(messages).toEqual(['a', 'b']);
  });

  test('a message that fails, fails exactly its events', async () => {
    const { send, answers } = heldSender();
    const group = createGroupCommit(send, LIMITS);
    const results = [group.add('a'), group.add('b'), group.add('c')].map((one) =>
      one.then(
        () => 'ok',
        () => 'failed',
      ),
    );
    answers[0]?.resolve();
    await results[0];
    await endOfTurn();
    answers[1]?.reject(new Error('no PubAck'));
    expect(await Promise.all(results)).toEqual(['ok', 'failed', 'failed']);
    const later = group.add('d');
    await endOfTurn();
    answers[2]?.resolve();
    await later;
  });

  test('a message is bounded by lines and by bytes, and one line always fits', async () => {
    const messages: string[] = [];
    const send = async (message: string) => void messages.push(message);
    const group = createGroupCommit(send, { linesPerMessage: 3, bytesPerMessage: 10, linesPending: 100 });
    await Promise.all(['1', '2', '3', '4', '5', 'éééé', 'x'.repeat(20), 'y'].map((line) => group.add(line)));
    expect(messages).toEqual(['1', '2\n3\n4', '5', 'éééé', 'x'.repeat(20), 'y']);
  });

  test('what may wait is bounded: more is refused at once', async () => {
    const { send } = heldSender();
    const group = createGroupCommit(send, { ...LIMITS, linesPending: 2 });
    void group.add('a');
    void group.add('b');
    expect(await group.add('c').catch((error: unknown) => error)).toMatchObject({
      status: 503,
      code: 'overloaded',
    });
  });
});
