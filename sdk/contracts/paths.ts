/**
 * Where each endpoint is, with `{name}` for a parameter, as in OpenAPI. Apart from the schemas, so that a
 * client carries none of them.
 */
export const PATHS = {
  register: '/v1/auth/register',
  login: '/v1/auth/login',
  sendEmotion: '/v1/emotions/stream',
  sendEmotionBatch: '/v1/emotions/batch',
  sendTransaction: '/v1/transactions',
  sendTransactionBatch: '/v1/transactions/batch',
  analyzeCredit: '/v1/users/{user_id}/credit-analysis',
  listOffers: '/v1/users/{user_id}/offers',
  getOffer: '/v1/credit-offers/{offer_id}',
  acceptOffer: '/v1/credit-offers/{offer_id}/accept',
  listNotifications: '/v1/users/{user_id}/notifications',
  createTicket: '/v1/users/{user_id}/notifications/ticket',
  emotionSummary: '/v1/users/{user_id}/emotions/summary',
} as const;

/** `/v1/users/{user_id}/offers` + `{user_id: 'x y'}` -> `/v1/users/x%20y/offers`. */
export function fillPath(path: string, params: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`the path ${path} needs ${name}`);
    return encodeURIComponent(value);
  });
}
