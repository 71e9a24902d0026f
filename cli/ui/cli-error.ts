/** The exit codes of every command; 130 is an interruption. */
export const EXIT = {
  failed: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  unreachable: 5,
  conflict: 6,
  interrupted: 130,
} as const;

/** A stable word for each exit code, for errors that have none of their own. */
const CODE_OF: Record<number, string> = {
  1: 'failed',
  2: 'usage',
  3: 'not_found',
  4: 'not_allowed',
  5: 'unreachable',
  6: 'conflict',
  130: 'interrupted',
};

interface CliErrorDetails {
  /** A stable snake_case word; the API's own when the failure is a problem of it. */
  code?: string | undefined;
  requestId?: string | undefined;
  /** The failure was printed already, as data. */
  isSaid?: boolean;
  /** The result of work done before or despite the failure; in JSON beside the error. */
  data?: unknown;
}

/** A failure as its user sees it: one line, the next step, an exit code. */
export class CliError extends Error {
  override name = 'CliError';
  readonly code: string;
  readonly requestId: string | undefined;
  readonly data: unknown;
  readonly isSaid: boolean;
  constructor(
    message: string,
    readonly exitCode: number = EXIT.failed,
    readonly hint?: string,
    details: CliErrorDetails = {},
  ) {
    super(message);
    this.code = details.code ?? CODE_OF[exitCode] ?? 'failed';
    this.requestId = details.requestId;
    this.data = details.data;
    this.isSaid = details.isSaid ?? false;
  }
}
