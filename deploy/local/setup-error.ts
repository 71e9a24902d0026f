/**
 * A local system that cannot be set up, with the next step of its operator. `usage` is a wrong setting,
 * `conflict` a system that runs already.
 */
export class SetupError extends Error {
  override name = 'SetupError';
  readonly kind: 'failed' | 'usage' | 'conflict';
  readonly hint: string | undefined;
  constructor(message: string, details: { kind?: 'usage' | 'conflict'; hint?: string } = {}) {
    super(message);
    this.kind = details.kind ?? 'failed';
    this.hint = details.hint;
  }
}
