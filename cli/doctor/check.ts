/** The outcome of one check. A *problem* fails the doctor; a *note* is printed, and fails nothing. */
export interface Check {
  check: string;
  state: 'ok' | 'problem' | 'note';
  found: string;
  /** The remedy; empty when it is ok. */
  remedy: string;
}

export function ok(check: string, found: string): Check {
  return { check, state: 'ok', found, remedy: '' };
}

export function problem(check: string, found: string, remedy: string): Check {
  return { check, state: 'problem', found, remedy };
}

export function note(check: string, found: string, remedy: string): Check {
  return { check, state: 'note', found, remedy };
}
