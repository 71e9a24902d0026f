import type { parse } from 'csv-parse/sync';

declare global {
  /** The parts of the engine that stand-ins are made of: scripts do not see its globals. */
  const $ecsEngine: {
    Buffer: typeof Buffer;
    URL: typeof URL;
    URLSearchParams: typeof URLSearchParams;
    parseCsv: typeof parse;
  };
}
