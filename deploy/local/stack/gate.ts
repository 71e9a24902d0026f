/** Holds services back from a database that is being prepared: they load and open meanwhile. */
export interface Gate {
  isOpen(): boolean;
  open(): void;
  /** The line that ends a hold, once the gate is open. */
  opened: Promise<string>;
}

export function createGate(): Gate {
  const { promise: opened, resolve } = Promise.withResolvers<string>();
  let isOpen = false;
  return {
    isOpen: () => isOpen,
    open() {
      isOpen = true;
      resolve('prepared\n');
    },
    opened,
  };
}

/** Returns the environment and the stdin of a process that starts now. */
export function holdAt(gate: Gate): { held: Record<string, string>; input: Promise<string> | undefined } {
  return gate.isOpen()
    ? { held: {}, input: undefined }
    : { held: { DATABASE_HELD: 'true' }, input: gate.opened };
}
