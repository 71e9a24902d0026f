import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { createHttpApp, type Door, serve } from '../../platform/http.ts';
import type { ReceiveEmotions } from './receive-emotions.ts';

export function createRoutes(door: Door, receiveEmotions: ReceiveEmotions) {
  const app = createHttpApp(door.log);
  serve(app, door, ENDPOINTS.sendEmotion, receiveEmotions.one);
  serve(app, door, ENDPOINTS.sendEmotionBatch, receiveEmotions.batch);
  return app;
}
