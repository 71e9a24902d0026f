import { CUSTOMERS_MIN } from '../../../platform/insights/disclosure.ts';

/**
 * Returns the parts of a total that may be published, in their order. The total is known, so where a part is
 * withheld the smallest of the others is withheld as well: the difference tells nothing of fewer customers.
 */
export function publishableCohorts<Part extends { customers: number }>(parts: readonly Part[]): Part[] {
  const large = parts.filter(({ customers }) => customers >= CUSTOMERS_MIN);
  if (large.length === parts.length) return large;
  const [smallest] = large.toSorted((left, right) => left.customers - right.customers);
  return large.filter((part) => part !== smallest);
}
