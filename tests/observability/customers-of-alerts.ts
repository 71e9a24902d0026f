import { expect } from 'bun:test';
import { connect, type Socket } from 'node:net';
import type { System } from '../../deploy/local/stack/system.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { createCustomers, type Customer } from '../drills/customers.ts';
import { createRandom } from '../drills/random.ts';
import { eventually } from '../harness/engines.ts';
import { bearer, emotionOf, json, newCustomer } from '../harness/system.ts';

/** Requests of customers, good and bad, to a system under alerts. */
export function createCustomerActs(system: () => System & { sql: Sql }) {
  const sockets: Socket[] = [];
  const random = createRandom(Math.floor(Math.random() * 2 ** 31));
  const acts = {
    /** Analyzes a customer, or a new one without a password: hundreds come while an alert is waited for. */
    async analyze(customer?: Customer): Promise<{ customer: Customer; response: Response }> {
      const { url, sql } = system();
      const [newcomer] = customer ? [] : await createCustomers(system(), sql, random, 1);
      const someone = customer ?? newcomer;
      if (!someone) throw new Error('no customer was made');
      const response = await fetch(
        `${url}/v1/users/${someone.id}/credit-analysis`,
        json('', bearer(someone)),
      );
      return { customer: someone, response };
    },

    /** Sends events of each kind, up to the offer of an analysis. */
    async getOffer(): Promise<{ customer: Customer; offerId: string }> {
      const { url, internalKey, sql } = system();
      const customer = await newCustomer(url);
      const emotion = json(emotionOf(customer.id), { 'x-internal-key': internalKey });
      expect((await fetch(`${url}/v1/emotions/stream`, emotion)).status).toBe(202);
      for (let count = 0; count < 12; count += 1) {
        const transaction = json({ userId: customer.id, amount: 120 }, bearer(customer));
        expect((await fetch(`${url}/v1/transactions`, transaction)).status).toBe(202);
      }
      await eventually('the events are stored', async () => {
        const [row] =
          await sql`select count(*)::int as stored from transactions where user_id = ${customer.id}`;
        return row?.stored === 12;
      });
      const { response } = await acts.analyze(customer);
      const { offer } = (await response.json()) as { offer: { offer_id: string } };
      return { customer, offerId: offer.offer_id };
    },

    async accept(customer: Customer, offerId: string): Promise<void> {
      const path = `/v1/credit-offers/${offerId}/accept`;
      expect((await fetch(system().url + path, json({}, bearer(customer)))).status).toBe(202);
    },

    /** Goes all the way to the active limit. */
    async acceptOffer(): Promise<void> {
      const { customer, offerId } = await acts.getOffer();
      await acts.accept(customer, offerId);
      const isActive = async () => {
        const rows = await system()
          .sql`select from credit_limits where id = ${offerId} and status = 'active'`;
        return rows.length === 1;
      };
      // A message that was not handled in time comes again after ten seconds.
      await eventually('the limit is active', isActive, 30_000);
    },

    async requestReview(): Promise<void> {
      const { customer, response } = await acts.analyze();
      const { analysis_id: id } = (await response.json()) as { analysis_id: string };
      const path = `/v1/credit-analyses/${id}/review`;
      const requested = await fetch(system().url + path, json({}, bearer(customer)));
      expect(requested.status).toBeLessThan(300);
    },

    async requestErasure(): Promise<void> {
      const customer = await newCustomer(system().url);
      const init = { ...json({ password: customer.password }, bearer(customer)), method: 'DELETE' };
      expect((await fetch(`${system().url}/v1/users/${customer.id}`, init)).status).toBe(202);
    },

    /** Sends two events under one id, asks for an analysis, hangs up, and holds bodies back. */
    async misbehave(): Promise<void> {
      const { url, internalKey } = system();
      const { customer } = await acts.analyze();
      const eventId = Bun.randomUUIDv7();
      for (const type of ['calm', 'tense']) {
        const event = { ...emotionOf(customer.id), eventId };
        const body = { ...event, emotionEvent: { ...event.emotionEvent, type } };
        const response = await fetch(
          `${url}/v1/emotions/stream`,
          json(body, { 'x-internal-key': internalKey }),
        );
        expect(response.status).toBe(202);
      }
      for (let count = 0; count < 6; count += 1) {
        const socket = connect(Number(new URL(url).port), '127.0.0.1');
        socket.on('error', () => {});
        socket.write(
          'POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n' +
            `authorization: Bearer ${customer.token}\r\ncontent-length: 50\r\n\r\n`,
        );
        sockets.push(socket);
        // Half of them hang up, the others wait for their 408.
        if (count % 2 === 0) setTimeout(() => socket.destroy(), 200);
      }
      await Bun.sleep(300);
    },

    close(): void {
      for (const socket of sockets) socket.destroy();
    },
  };
  return acts;
}
