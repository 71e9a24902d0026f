/** The exit codes of a run, in k6's own numbers. */
export const EXIT = {
  ok: 0,
  /** Ours; k6 has none. */
  fault: 1,
  thresholds: 99,
  setupTimeout: 100,
  teardownTimeout: 101,
  config: 104,
  interrupted: 105,
  script: 107,
  aborted: 108,
  markedAsFailed: 110,
  /** k6's for errors without a number of their own. */
  other: 255,
} as const;

/** Ends a run with an exit code of its own. */
export class RunError extends Error {
  override name = 'RunError';
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** A fault in the options, the thresholds or the command line: nothing has been started yet. */
export class ConfigError extends RunError {
  override name = 'ConfigError';
  constructor(message: string) {
    super(message, EXIT.config);
  }
}

/** The script threw, or could not be loaded. */
export class ScriptError extends RunError {
  override name = 'ScriptError';
  constructor(message: string) {
    super(message, EXIT.script);
  }
}

/** A script asks for something that is not offered: the test ends, since its figures would be wrong. */
export class Refusal extends Error {
  override name = 'Refusal';
}

/**
 * Thrown through the code of a script that shares its thread, when its iteration or the test is over. Code
 * that catches it runs on without an effect.
 */
export class IterationOver extends Error {
  override name = 'IterationOver';
}
