import { createCustomers } from './customers.ts';
import type { Drill } from './drill.ts';
import { untilNoneIsAccepted } from './histories.ts';
import { countUnexplained, createClient, type HistoryClient } from './histories/client.ts';
import { closeLimits } from './night/close-limits.ts';
import { newCustomer, type NightStage, openNight, repeat } from './night/night-stage.ts';
import { openErasures } from './night/erase-customers.ts';
import { openPolicies } from './night/change-policies.ts';
import { openReviews } from './night/review-denials.ts';
import { storm } from './storm.ts';
import { addReceiver, judge, untilAllExpected, untilNothingWaits, untilArrived } from './webhook-receiver.ts';

const CLOSING_CUSTOMERS = 4;
/** Customers with concurrent clients, at work at the same time. */
const HISTORIES_AT_ONCE = 3;

/**
 * Everything that the platform does goes on at once, while services and engines are killed and frozen: events,
 * analyses, offers, limits and their closings, reviews, erasures, activations of policies, webhooks. At the
 * end each has to hold by its own measure. `--minutes 30` is a night.
 */
export const longNight: Drill = {
  name: 'long-night',
  summary: 'all that the platform does goes on at once under kills and freezes (--minutes)',
  events: 5000,
  variables: () => ({ WEBHOOK_ALLOW_NETWORKS: '127.0.0.1', ERASURE_SETTLE_SECONDS: '3' }),
  async run(stage) {
    const { system, sql, random } = stage;
    const night = openNight(stage);
    const receiver = await addReceiver(stage, () => random.next() < 0.03);
    const [reviews, policies] = [await openReviews(night), await openPolicies(night)];
    const erasures = openErasures(night);
    const closing = await createCustomers(system, sql, random, CLOSING_CUSTOMERS);
    const histories: HistoryClient[] = [];
    const over = new AbortController();
    const load = stage.startLoad();
    const activities = Promise.all([
      ...closing.map((customer) => closeLimits(night, customer, over.signal)),
      ...Array.from({ length: HISTORIES_AT_ONCE }, () => makeHistories(night, histories, over.signal)),
      reviews.run(over.signal),
      erasures.run(over.signal),
      policies.run(over.signal),
    ]);
    const work = Promise.race([load.done, activities]);
    const faults = { pauseMs: [50, 400], freezeMs: [200, 1500], calmEveryMs: 60_000 } as const;
    const kills = await storm(stage, work, faults);
    await load.done;
    over.abort();
    const closed = (await activities).slice(0, CLOSING_CUSTOMERS) as number[];
    await night.close();
    await stage.faults.allBack();
    await untilNoneIsAccepted(stage);
    const figures = {
      kills,
      closed: closed.reduce((total, count) => total + count, 0),
      reviews: await reviews.judge(),
      erased: await erasures.judge(),
      activations: await policies.judge(),
      histories: histories.length,
      unexplained: await countUnexplained(stage, histories),
    };
    stage.claim('every history has an order that explains it', figures.unexplained === 0);
    const expected = await untilAllExpected(sql);
    await untilArrived(receiver, expected);
    await untilNothingWaits(sql);
    receiver.stop();
    return { ...figures, ...judge(stage, receiver, expected) };
  },
};

async function makeHistories(
  night: NightStage,
  histories: HistoryClient[],
  over: AbortSignal,
): Promise<void> {
  await repeat(night, over, [100, 500], async () => {
    const client = createClient(night, await newCustomer(night));
    histories.push(client);
    await client.act();
  });
}
