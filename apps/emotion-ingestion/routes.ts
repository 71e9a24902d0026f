import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { createService, type Door, serve, type Service } from '../../platform/http/service.ts';
import type { ReceiveEmotions } from './receive-emotions.ts';

export function createRoutes(door: Door, receiveEmotions: ReceiveEmotions): Service {
  const service = createService(door);
  serve(service, ENDPOINTS.sendEmotion, receiveEmotions.one);
  serve(service, ENDPOINTS.sendEmotionBatch, receiveEmotions.batch);
  return service;
}
