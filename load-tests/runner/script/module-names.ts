/** The modules that a script may import besides its own files. */
export const MODULES = [
  ...(['k6', 'k6/http', 'k6/metrics', 'k6/data', 'k6/execution', 'k6/crypto', 'k6/encoding'] as const),
  ...(['k6/timers', 'k6/html', 'k6/secrets', 'k6/ws', 'k6/websockets', 'k6/x/sse'] as const),
  ...(['k6/experimental/fs', 'k6/experimental/csv', 'k6/experimental/streams'] as const),
  // Earlier names, under which many scripts still import them.
  ...(['k6/experimental/timers', 'k6/experimental/websockets'] as const),
] as const;

export type ModuleName = (typeof MODULES)[number];

export const isModule = (name: string): name is ModuleName => (MODULES as readonly string[]).includes(name);
