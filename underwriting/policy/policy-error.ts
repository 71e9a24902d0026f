/** Every fault of a document at once, each with the place where it stands. */
export class PolicyError extends Error {
  override name = 'PolicyError';
  readonly faults: string[];
  constructor(faults: string[]) {
    super(`the policy cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}
