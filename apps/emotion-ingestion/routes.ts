import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import {
  createHttpService,
  type HttpServiceOptions,
  serve,
  type HttpService,
} from '../../platform/http/service.ts';
import type { ReceiveEmotions } from './receive-emotions.ts';

export function createRoutes(options: HttpServiceOptions, receiveEmotions: ReceiveEmotions): HttpService {
  const service = createHttpService(options);
  serve(service, ENDPOINTS.sendEmotion, receiveEmotions.single);
  serve(service, ENDPOINTS.sendEmotionBatch, receiveEmotions.batch);
  return service;
}
