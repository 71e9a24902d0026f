/** Made by `npm run documents`: the path of each endpoint, with `{name}` for a parameter. */
export const PATHS = {
  register: '/v1/auth/register',
  login: '/v1/auth/login',
  sendEmotion: '/v1/emotions/stream',
  sendEmotionBatch: '/v1/emotions/batch',
  emotionSummary: '/v1/users/{user_id}/emotions/summary',
  sendTransaction: '/v1/transactions',
  sendTransactionBatch: '/v1/transactions/batch',
  analyzeCredit: '/v1/users/{user_id}/credit-analysis',
  listOffers: '/v1/users/{user_id}/offers',
  getOffer: '/v1/credit-offers/{offer_id}',
  acceptOffer: '/v1/credit-offers/{offer_id}/accept',
  closeOffer: '/v1/credit-offers/{offer_id}/close',
  listAnalyses: '/v1/users/{user_id}/credit-analyses',
  getAnalysis: '/v1/credit-analyses/{analysis_id}',
  listNotifications: '/v1/users/{user_id}/notifications',
  createTicket: '/v1/users/{user_id}/notifications/ticket',
} as const;
