import { connect } from 'nats';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import { TOPICS, type TopicName } from '../../platform/messaging/topics.ts';
import { eventually } from '../harness/engines.ts';
import type { Drill } from './drill.ts';

export const brokerWiped: Drill = {
  name: 'broker-wiped',
  summary: "the broker's whole store is gone, between acceptances and their activation",
  events: 200,
  async run(stage) {
    const { faults, sql, offers } = stage;
    // Only acceptances: an event with its only copy in the wiped store is gone by definition.
    const load = stage.startLoad({ events: 0 });
    const worker = faults.freeze('credit-application', 4000);
    await load.done;
    await eventually('the messages of all acceptances are sent', async () => {
      const [row] = await sql`
        select count(*)::int as count from outbox
        where sent_at is not null and topic = ${'creditOffersApproved' satisfies TopicName}`;
      return row?.count === offers.size;
    });
    const [wipe] = await sql<[{ at: Date }]>`select clock_timestamp() as at`;
    await faults.wipeBroker();
    await worker;
    // Each topic is compared by itself: nothing is quiet as long as one has not found its loss.
    await eventually(
      'all that was sent before is sent again',
      async () => {
        const [row] = await sql`select count(*)::int as count from outbox where sent_at <= ${wipe.at}`;
        return row?.count === 0;
      },
      60_000,
    );
    return {};
  },
};

export const streamFull: Drill = {
  name: 'stream-full',
  summary: 'the stream of emotions has no room: those are refused, acceptances and transactions go on',
  events: 3000,
  async run({ claim, events, faults, offers, startLoad, system }) {
    const connection = await connect(readNatsUrl(system.natsUrl));
    try {
      const { streams } = await connection.jetstreamManager();
      const { config, state } = await streams.info(TOPICS.emotions.stream);
      // Room for a few: the events before the last byte must be kept.
      await streams.update(config.name, { ...config, max_bytes: state.bytes + 20_000 });
      faults.injected += 1;
      const load = startLoad();
      await eventually(
        'transactions and acceptances go on',
        () => load.transactions.size >= events / 5 && load.accepted.size === offers.size,
        30_000,
      );
      const refused = load.refused.get('503 stream_full') ?? 0;
      claim('a full stream refuses', refused > 0);
      claim('a full stream does not take what it has no room for', load.emotions.size < 500);
      await streams.update(config.name, config);
      await load.done;
      return { refused };
    } finally {
      await connection.close();
    }
  },
};
