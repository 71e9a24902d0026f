import type { FactSource } from '../../sdk/contracts/common.ts';
import type { PolicyDocument } from './policy-document.ts';

/** A policy in use, as a process of the service reports it. */
export interface ActivePolicy {
  /** `*` is every one that no other active policy names. */
  jurisdiction: string;
  version: string;
  hash: string;
  title: string;
  sources: PolicyDocument['sources'];
}

/** Names in a line the sources that count: `facts of platform and customers count`. */
export function describeSources({ transactions, emotions, customer_limit_max }: PolicyDocument['sources']) {
  const [spending, feelings] = [listSources(transactions), listSources(emotions)];
  const text =
    spending === feelings
      ? `facts of ${spending} count`
      : `transactions of ${spending} and emotions of ${feelings} count`;
  if (customer_limit_max === null) return text;
  return `${text}, for limits up to ${customer_limit_max} where customers reported them`;
}

function listSources(sources: FactSource[]): string {
  const [isPlatform, isCustomer] = [sources.includes('platform'), sources.includes('customer')];
  if (isPlatform && isCustomer) return 'platform and customers';
  if (isPlatform) return 'the platform alone';
  return isCustomer ? 'customers alone' : 'nobody';
}
