import { expect, test } from 'bun:test';
import type { RequestSpec, ResponseData } from '../protocol/requests.ts';
import { sendBatch } from './batch.ts';
import type { HttpClient } from './http-client.ts';

/** Sends 12 requests to two hosts; returns the most at a time, in all and to one host, and their order. */
async function flightsOf(limits: { batch: number; batchPerHost: number }) {
  const specs = Array.from({ length: 12 }, (_, index) => ({
    url: `http://${index < 8 ? 'a' : 'b'}.test/${index}`,
  })) as RequestSpec[];
  const inFlight: string[] = [];
  const most = { inAll: 0, toHost: 0 };
  const send = async ({ url }: RequestSpec): Promise<ResponseData> => {
    const { host } = new URL(url);
    inFlight.push(host);
    most.inAll = Math.max(most.inAll, inFlight.length);
    most.toHost = Math.max(most.toHost, inFlight.filter((hostInFlight) => hostInFlight === host).length);
    await Bun.sleep(1);
    inFlight.splice(inFlight.indexOf(host), 1);
    return { url } as ResponseData;
  };
  const http: HttpClient = { send };
  const responses = await sendBatch(http, specs, limits, new AbortController().signal);
  expect(responses.map(({ url }) => url)).toEqual(specs.map(({ url }) => url));
  return most;
}

test('a batch keeps to its requests at a time, in all and to each host, and returns them in order', async () => {
  expect(await flightsOf({ batch: 20, batchPerHost: 3 })).toEqual({ inAll: 6, toHost: 3 });
  expect(await flightsOf({ batch: 4, batchPerHost: 20 })).toEqual({ inAll: 4, toHost: 4 });
  // As in k6, a number that is not above 0 is no limit.
  expect(await flightsOf({ batch: 0, batchPerHost: -1 })).toEqual({ inAll: 12, toHost: 8 });
});
