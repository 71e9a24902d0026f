/** Names the jurisdictions of a policy; `*` stands for those that no other policy names. */
export const namePlaces = (jurisdictions: readonly string[]): string =>
  jurisdictions.map((place) => (place === '*' ? 'every place that no other policy names' : place)).join(', ');
