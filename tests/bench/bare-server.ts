import { Elysia } from 'elysia';
import { createValidator } from '../../platform/kernel/validation.ts';
import { EmotionEvent } from '../../sdk/contracts/emotion.ts';

/**
 * The HTTP limit of this machine: Elysia with the same schema and the same response size, and nothing else.
 */
const validator = createValidator(EmotionEvent);

const app = new Elysia().post(
  '/v1/emotions/stream',
  async ({ request, set }) => {
    const checked = validator.check(await request.json());
    set.status = checked.ok ? 202 : 422;
    return { status: 'event received', traceId: '0'.repeat(32), eventId: '0'.repeat(36) };
  },
  { parse: 'none' },
);
const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: app.fetch });
console.log(server.port);
