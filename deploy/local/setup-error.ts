/**
 * A local system that cannot be set up, with the next step of its operator. `usage` is a wrong setting,
 * `conflict` a system that runs already.
 */
export class SetupError extends Error {
  override name = 'SetupError';
  readonly kind: 'failed' | 'usage' | 'conflict';
  readonly hint: string | undefined;
  /** Makes the command of this call a next step that works. */
  readonly retry: RetryChange | undefined;
  constructor(
    message: string,
    details: { kind?: 'usage' | 'conflict'; hint?: string; retry?: RetryChange } = {},
  ) {
    super(message);
    this.kind = details.kind ?? 'failed';
    this.hint = details.hint;
    this.retry = details.retry;
  }
}

/** The same command with other flags (null removes one), or after variables. */
interface RetryChange {
  flags?: Record<string, string | null>;
  variables?: string;
}
