type Handler = (...args: unknown[]) => void;

/** The handlers of a connection on which its user waits, and its timers: they run between the events. */
export function createHandlers(names: string[]) {
  const handlers = new Map<string, Handler[]>();
  let timers: { at: number; handler: Handler; everyMs?: number }[] = [];
  const now = () => performance.timeOrigin + performance.now();
  const addTimer = (name: string, repeats: boolean) => (handler: Handler, ms: number) => {
    if (typeof handler !== 'function') throw new TypeError(`${name} requires a function`);
    if (!(ms > 0)) throw new Error(`${name} requires a >0 timeout parameter, received ${ms}`);
    timers.push({ at: now() + ms, handler, ...(repeats ? { everyMs: ms } : {}) });
  };
  return {
    on(name: string, handler: Handler): void {
      if (typeof handler !== 'function') throw new TypeError(`on("${name}") requires a function`);
      // As in k6, an event of another name never comes.
      if (names.includes(name)) handlers.set(name, [...(handlers.get(name) ?? []), handler]);
    },
    call(name: string, ...args: unknown[]): void {
      for (const handler of handlers.get(name) ?? []) handler(...args);
    },
    setTimeout: addTimer('setTimeout', false),
    setInterval: addTimer('setInterval', true),
    /** Unix ms; never without a timer. */
    nextTimerAt: () => Math.min(Infinity, ...timers.map(({ at }) => at)),
    runTimers(): void {
      const due = timers.filter(({ at }) => at <= now());
      timers = timers.filter((timer) => !due.includes(timer));
      for (const { at, handler, everyMs } of due.toSorted((a, b) => a.at - b.at)) {
        if (everyMs !== undefined) timers.push({ at: Math.max(now(), at + everyMs), handler, everyMs });
        handler();
      }
    },
  };
}

export type Handlers = ReturnType<typeof createHandlers>;
