import type { createAddressBook } from '../http/addresses.ts';
import type { createTlsSelection } from '../http/tls.ts';
import type { Sample } from '../protocol/metrics.ts';

/** The network as a connection uses it. */
export interface Network {
  addresses: ReturnType<typeof createAddressBook>;
  tlsFor: ReturnType<typeof createTlsSelection>;
  emit(sample: Sample): void;
}
