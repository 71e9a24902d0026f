import type { Static, TSchema } from '@sinclair/typebox';
import { createValidator } from '../kernel/validation.ts';

/**
 * The newest state of each key of a keyed topic: its messages may come twice, and after a newer one. `read`
 * returns the key and the state of a message, or null for one that has none.
 */
export function createNewestStates<Schema extends TSchema, State extends { version: number }>(
  schema: Schema,
  read: (message: Static<Schema>) => [key: string, state: State] | null,
): { states: ReadonlyMap<string, State>; change(message: unknown): void } {
  const states = new Map<string, State>();
  const validator = createValidator(schema);
  return {
    states,
    /** Changes nothing by a message that is invalid, or older than the state of its key. */
    change(message) {
      const checked = validator.check(message);
      const entry = checked.ok ? read(checked.value) : null;
      if (entry === null) return;
      const [key, state] = entry;
      const previous = states.get(key);
      if (previous === undefined || previous.version < state.version) states.set(key, state);
    },
  };
}
