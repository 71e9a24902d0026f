import type { Drill, Stage } from './drill.ts';

/**
 * Guesses of passwords: 150 connections from one address, at one victim's account and at many; then 300
 * addresses with one connection each. Addresses are given as a proxy gives them.
 */
const CONNECTIONS = 150;
const ADDRESSES = 300;
const LOGIN_MS_MAX = 1000;
const PASSWORD = 'a long passphrase';

export const loginAttack: Drill = {
  name: 'login-attack',
  summary: `${CONNECTIONS} connections and ${ADDRESSES} addresses guess passwords: the right one gets in (--rounds), also to register`,
  events: 200,
  rounds: 10,
  variables: () => ({ TRUSTED_PROXIES: '127.0.0.1,::1' }),
  async run(stage) {
    const { claim, claimSpeed } = stage;
    const victim = `${crypto.randomUUID()}@drill.example`;
    claim(
      'the victim registers',
      (await post(stage, 'register', victim, PASSWORD, '10.9.9.9')).status === 200,
    );
    const quietMs = await slowestLogin(stage, victim, '10.9.9.9');

    const oneAddress = Array.from({ length: CONNECTIONS }, (_, at) => ({
      address: '10.0.0.1',
      email: at % 2 === 0 ? victim : `${crypto.randomUUID()}@drill.example`,
    }));
    const fromOne = await whileGuessing(stage, oneAddress, async () => {
      const attackedMs = await slowestLogin(stage, victim, '10.8.8.8');
      const registered = await post(
        stage,
        'register',
        `${crypto.randomUUID()}@drill.example`,
        PASSWORD,
        '10.7.7.7',
      );
      claim('a registration goes through', registered.status === 200);
      return attackedMs;
    });
    const manyAddresses = Array.from({ length: ADDRESSES }, (_, at) => ({
      address: `10.1.${at >> 8}.${at & 255}`,
      email: victim,
    }));
    const fromMany = await whileGuessing(stage, manyAddresses, () => slowestLogin(stage, victim, '10.9.9.9'));
    await stage.startLoad().done;

    claimSpeed(`the slowest right login took ${fromOne.result} ms`, fromOne.result < LOGIN_MS_MAX);
    claimSpeed(`and ${fromMany.result} ms with many addresses`, fromMany.result < LOGIN_MS_MAX);
    claim('no guess was right', fromOne.right + fromMany.right === 0);
    return {
      loginMsQuiet: quietMs,
      loginMsOneAddress: fromOne.result,
      loginMsManyAddresses: fromMany.result,
      guesses: fromOne.guesses + fromMany.guesses,
      checked: fromOne.checked + fromMany.checked,
    };
  },
};

async function post({ system }: Stage, path: string, email: string, password: string, address: string) {
  const response = await fetch(`${system.url}/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ email, password }),
  });
  await response.arrayBuffer();
  return response;
}

/** In milliseconds, of some logins one after the other; Infinity when one is refused. */
async function slowestLogin(stage: Stage, email: string, address: string): Promise<number> {
  let slowestMs = 0;
  for (let count = 0; count < stage.rounds; count += 1) {
    const startedMs = performance.now();
    const { status } = await post(stage, 'login', email, PASSWORD, address);
    if (status !== 200) return Infinity;
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
  }
  return Math.round(slowestMs);
}

/** Each guesser tries again as soon as it is refused, for as long as the work takes. */
async function whileGuessing(
  stage: Stage,
  guessers: { address: string; email: string }[],
  work: () => Promise<number>,
) {
  const counts = { guesses: 0, checked: 0, right: 0 };
  const over = new AbortController();
  const guess = async ({ address, email }: { address: string; email: string }) => {
    while (!over.signal.aborted) {
      const response = await post(stage, 'login', email, 'not the one', address).catch(() => null);
      counts.guesses += 1;
      if (response?.status === 401) counts.checked += 1;
      if (response?.status === 200) counts.right += 1;
      await Bun.sleep(stage.random.integer(20, 100));
    }
  };
  const guessing = guessers.map(guess);
  const result = await work();
  over.abort();
  await Promise.all(guessing);
  return { ...counts, result };
}
