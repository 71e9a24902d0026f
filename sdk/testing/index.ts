export {
  createFakeEcs,
  type FakeCustomer,
  type FakeEcs,
  type FakeEcsOptions,
  type FakePartnerCredentials,
  type FakeRequest,
} from './fake-ecs.ts';
export type { StoredEmotion, StoredTransaction } from './state.ts';
export type { Failure } from './fault-injection.ts';
