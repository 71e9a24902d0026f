import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, temporaryFolder } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase } from '../../tests/harness/runtime.ts';
import { createLifecycle } from '../kernel/lifecycle.ts';
import { readStream } from '../messaging/read-stream.ts';
import { TOPICS } from '../messaging/topics.ts';
import { ACT_CHAIN } from './act-chain.ts';
import { appendAct } from './append-act.ts';
import { linkRows } from './link-rows.ts';
import { type Anchor, requireAnchorFile, startAnchors } from './start-anchors.ts';

const runtime = createTestRuntime();
const { stream, subject } = TOPICS.auditAnchors;

test('heads that changed are kept in a stream that nobody may delete from, and in a file', async () => {
  const database = await openTestDatabase(runtime);
  const { bus } = await openTestBus(runtime);
  const file = join(temporaryFolder(), 'anchors.ndjson');
  requireAnchorFile(file);
  const lifecycle = createLifecycle(runtime.log);
  runtime.lifecycle.onDrain('anchors', lifecycle.stop);
  const chains = { decisions: ACT_CHAIN, acts: ACT_CHAIN };
  const failures = runtime.metrics.anchorFailures;
  // Two replicas: the broker keeps one anchor of the same heads.
  for (const place of [file, null]) {
    startAnchors({ ...runtime, database, bus, chains, file: place, failures, lifecycle, everyMs: 5 });
  }
  const link = async () => {
    await database.query((sql) =>
      appendAct(sql, {
        actor: { kind: 'system', name: 'test' },
        act: 'webhook.test',
        subject: { kind: 'test', id: null },
      }),
    );
    while ((await linkRows(database, ACT_CHAIN, 10)) > 0);
  };
  const readAnchors = async () => {
    const anchors: Anchor[] = [];
    await readStream(bus, stream, {}, ({ data }) => {
      anchors.push(JSON.parse(new TextDecoder().decode(data)));
      return true;
    });
    return anchors;
  };
  const written = () =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line): Anchor => JSON.parse(line));
  for (let position = 0; position < 3; position += 1) {
    if (position > 0) await link();
    await eventually('the head is kept', async () => {
      const [last, line] = [(await readAnchors()).at(-1), written().at(-1)];
      return last?.acts.position === position && line?.acts.position === position;
    });
  }
  await lifecycle.stop();
  // The heads of the two chains are read one after the other: an anchor may have only one of the new ones.
  const headsOf = (anchors: Anchor[]) => [
    ...new Set(anchors.map(({ acts }) => `${acts.position} ${acts.link}`)),
  ];
  expect(headsOf(await readAnchors()).map((head) => Number(head.split(' ')[0]))).toEqual([0, 1, 2]);
  expect(headsOf(written())).toEqual(headsOf(await readAnchors()));
  const { jsm } = bus.client();
  await expect(jsm.streams.purge(stream)).rejects.toThrow();
  await expect(jsm.streams.deleteMessage(stream, 1)).rejects.toThrow();
  expect(await jsm.streams.find(subject)).toBe(stream);
});

test('a file that cannot be written is named at the start', () => {
  expect(() => requireAnchorFile('/not/there/anchors')).toThrow(
    'AUDIT_ANCHOR_FILE cannot be written: ENOENT',
  );
});
