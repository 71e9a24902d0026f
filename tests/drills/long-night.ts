import { createCustomers } from './customers.ts';
import type { Drill, Stage } from './drill.ts';
import { untilNoneIsAccepted } from './histories.ts';
import { countUnexplained, createClient, type HistoryClient } from './histories/client.ts';
import { closeLimits } from './night/close-limits.ts';
import { insist, type NightStage, openNight } from './night/night-stage.ts';
import { openErasures } from './night/erase-customers.ts';
import { openPolicies } from './night/change-policies.ts';
import { openReviews } from './night/review-denials.ts';
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
    const kills = await storm(stage, Promise.race([load.done, activities]));
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

/** Kills and freezes at random until the work ends; returns the kills. */
async function storm({ faults, random }: Stage, work: Promise<unknown>): Promise<number> {
  let kills = 0;
  const ended = work.then(() => true);
  while (!(await Promise.race([ended, Bun.sleep(random.integer(50, 400)).then(() => false)]))) {
    const name = random.pick([...faults.names('service'), ...faults.names('engine')]);
    if (random.next() < 0.7) {
      await faults.kill(name);
      kills += 1;
    } else await faults.freeze(name, random.integer(200, 1500));
  }
  return kills;
}

async function makeHistories(
  stage: NightStage,
  histories: HistoryClient[],
  over: AbortSignal,
): Promise<void> {
  const { system, query, random } = stage;
  while (!over.aborted) {
    const customers = await insist('a customer', () =>
      query((sql) => createCustomers(system, sql, random, 1)),
    );
    for (const customer of customers ?? []) {
      const client = createClient(stage, customer);
      histories.push(client);
      await client.act();
    }
    await Bun.sleep(random.integer(100, 500));
  }
}
