import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import type { HttpServiceOptions } from '../../platform/http/call.ts';
import { contract } from '../../platform/http/contract.ts';
import { elysiaPath } from '../../platform/http/http.ts';
import { createHttpService, type HttpService } from '../../platform/http/service.ts';
import type { ReceiveEmotions } from './receive-emotions.ts';

const { sendEmotion, sendEmotionBatch } = ENDPOINTS;

export function createRoutes(options: HttpServiceOptions, receive: ReceiveEmotions): HttpService {
  return createHttpService(options, (plugin) =>
    new Elysia({ name: 'emotion-ingestion' })
      .use(plugin)
      .post(
        elysiaPath(sendEmotion.path),
        async ({ call, body }) => receive.single({ ...call, body }),
        contract(sendEmotion),
      )
      .post(
        elysiaPath(sendEmotionBatch.path),
        async ({ call }) => receive.batch(call),
        contract(sendEmotionBatch),
      ),
  );
}
