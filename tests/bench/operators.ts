import { SHIPPED_POLICIES } from '../../apps/credit/policies/active-policies.ts';
import { runBacktest } from '../../cli/decisions/run-backtest.ts';
import { EcsOperatorClient } from '../../sdk/operators/index.ts';
import { newOperator } from '../harness/operators.ts';
import { type Bench, type BenchStage, FEATURE_STAGE, type Measured, repeat } from './bench.ts';
import { freshAnalyses } from './credit.ts';
import { emotionBatch } from './ingestion.ts';
import { pageRequests } from './page-requests.ts';

/** The waits of operators: a backtest, and the requests of the console's pages. */
const DECISIONS = 2000;
const PAGE_ROWS = 1000;

export const OPERATORS: Bench[] = [
  {
    name: 'backtest',
    unit: 'decisions/s',
    ...FEATURE_STAGE,
    against: 'a bare select of their records, read with a cursor',
    ours: backtested,
    limit: selectedRecords,
  },
  {
    name: 'console-pages',
    unit: 'requests/s',
    ...FEATURE_STAGE,
    against: 'the same requests straight to the gateway',
    ours: (stage) => pageRequestsPerSecond(stage, viaConsole),
    limit: async (stage) => (await pageRequestsPerSecond(stage, viaGateway)).value,
  },
];

/** Decisions of the system itself, made once. */
async function withDecisions(stage: BenchStage): Promise<number> {
  const countAll = async () => {
    const [row] = await stage.sql<{ n: number }[]>`select count(*)::int as n from credit_analyses`;
    return row?.n ?? 0;
  };
  while ((await countAll()) < DECISIONS) await freshAnalyses(stage);
  return countAll();
}

async function backtested(stage: BenchStage): Promise<Measured> {
  const last = await withDecisions(stage);
  const [policy] = SHIPPED_POLICIES;
  if (!policy) throw new Error('no policy');
  return repeat(stage, async () => {
    const { replayed, differences } = await runBacktest(stage.sql, policy, { last, since: null });
    if (replayed !== last || differences > 0)
      throw new Error(`${replayed} of ${last}, ${differences} differ`);
    return replayed;
  });
}

async function selectedRecords(stage: BenchStage): Promise<number> {
  const last = await withDecisions(stage);
  const { value } = await repeat(stage, async () => {
    const rows = stage.sql`select record from credit_analyses order by created_at desc, id desc limit ${last}`;
    let count = 0;
    for await (const page of rows.cursor(PAGE_ROWS)) count += page.length;
    return count;
  });
  return value;
}

const viaGateway = ({ system }: BenchStage, token: string) =>
  new EcsOperatorClient({ baseUrl: system.url, token });

/** As a page's client does: the session's cookie, and the header that no other page can send. */
function viaConsole({ system }: BenchStage, token: string): EcsOperatorClient {
  const { consoleUrl } = system.state();
  if (!consoleUrl) throw new Error('the system has no console');
  return new EcsOperatorClient({
    baseUrl: `${consoleUrl}api`,
    token: 'of-the-session',
    fetch(url, init) {
      const headers = new Headers(init.headers);
      headers.set('x-ecs-console', 'page');
      headers.set('sec-fetch-site', 'same-origin');
      headers.set('cookie', `ecs_console=${token}`);
      return fetch(url, { ...init, headers });
    },
  });
}

/** Every request of the pages in turn, one after the other. */
async function pageRequestsPerSecond(
  stage: BenchStage,
  connect: (stage: BenchStage, token: string) => EcsOperatorClient,
): Promise<Measured> {
  await withDecisions(stage);
  const [event] = await stage.sql`select 1 from emotional_events limit 1`;
  if (!event) await emotionBatch.ours({ ...stage, seconds: 1 });
  const { token } = await newOperator({ url: stage.system.url, sql: stage.sql });
  const requests = await pageRequests(connect(stage, token), stage.sql);
  let turn = 0;
  return repeat(stage, async () => {
    await requests[turn++ % requests.length]?.[1]();
    return 1;
  });
}
