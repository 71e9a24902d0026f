/** The services of the system. */
export const SERVICES = [
  'gateway',
  'emotion-ingestion',
  'transaction-ingestion',
  'emotion-processing',
  'transaction-processing',
  'credit',
  'back-office',
  'privacy',
  'console',
  'ml-mock',
  'credit-application',
  'webhooks',
] as const;

/** Runs where CHALLENGER_MODEL_URL is set. */
export const CHALLENGER = 'challenger';
export type ServiceName = (typeof SERVICES)[number] | typeof CHALLENGER;
