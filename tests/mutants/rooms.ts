/** Files to change, and the tests that have to notice. */
export interface Room {
  name: string;
  files: string[];
  /** Tests that stand beside the files, or state the promises of the files. */
  tests: string[];
  /** Whether the tests need PostgreSQL and Redis. */
  engines: boolean;
}

/** Everything that the command changes, by patterns of files; tests and what they share are never changed. */
export const ROOMS: Room[] = [
  {
    name: 'facts and scores',
    files: ['underwriting/*.ts'],
    tests: ['underwriting/*.test.ts'],
    engines: false,
  },
  {
    name: 'policies',
    files: ['underwriting/policy/*.ts', 'underwriting/policies/v1.json'],
    tests: ['underwriting/policy/*.test.ts', 'underwriting/decision/decide.test.ts'],
    engines: false,
  },
  {
    name: 'decisions',
    files: ['underwriting/decision/*.ts'],
    tests: ['underwriting/decision/*.test.ts'],
    engines: false,
  },
  {
    name: 'models',
    files: ['underwriting/model/*.ts', 'underwriting/comparison/*.ts'],
    tests: ['underwriting/model/*.test.ts', 'underwriting/comparison/*.test.ts'],
    engines: false,
  },
  {
    name: 'events of the wire',
    files: ['sdk/contracts/events/*.ts', 'sdk/contracts/limits.ts', 'sdk/contracts/text.ts'],
    tests: ['sdk/contracts/**/*.test.ts', 'platform/kernel/contract-edges.test.ts'],
    engines: false,
  },
  {
    name: 'tokens',
    files: ['platform/http/{token,partner-token,operator-token,signed-claims,verified-tokens}.ts'],
    tests: ['platform/http/{token,partner-token,operator-token,signed-claims,verified-tokens}.test.ts'],
    engines: false,
  },
  {
    name: 'idempotency',
    files: ['platform/idempotency/*.ts'],
    tests: ['platform/idempotency/*.test.ts', 'platform/kernel/contract-edges.test.ts'],
    engines: true,
  },
  {
    name: 'outbox',
    files: ['platform/outbox/*.ts'],
    tests: ['platform/outbox/*.test.ts'],
    engines: true,
  },
  {
    name: 'consumer',
    files: ['platform/consuming/*.ts'],
    tests: ['platform/consuming/*.test.ts'],
    engines: true,
  },
  {
    name: 'breaker',
    files: ['platform/resilience/*.ts'],
    tests: ['platform/resilience/*.test.ts'],
    engines: false,
  },
  {
    name: 'risk model',
    files: ['apps/credit/analysis/risk-model.ts', 'platform/http/json-post.ts'],
    tests: ['apps/credit/analysis/risk-model*.test.ts', 'platform/http/json-post.test.ts'],
    engines: false,
  },
  {
    name: 'stores of facts',
    files: ['apps/{emotion,transaction}-processing/*store.ts'],
    tests: ['apps/{emotion,transaction}-processing/*.test.ts'],
    engines: true,
  },
  {
    name: 'stores of analyses',
    files: ['apps/credit/analysis/{analysis,decision,record}-store.ts'],
    tests: ['apps/credit/analysis/{anal*,decision*,record*,read-facts,jurisdictions}.test.ts'],
    engines: true,
  },
  {
    name: 'stores of offers',
    files: ['apps/credit/offers/offer-store.ts'],
    tests: ['apps/credit/offers/*.test.ts', 'apps/credit/exposure-turns.test.ts'],
    engines: true,
  },
];
