/**
 * Single flight by key: of concurrent calls one works at a time, and those that wait share the next. A call
 * never gets the result of work that began before it, so a result is never older than its call.
 */
interface SingleFlight<Value> {
  /** `isShared`: another caller's work gave the value. Rejects as the work does. */
  run(key: string, work: () => Promise<Value>): Promise<{ value: Value; isShared: boolean }>;
}

interface Flight<Value> {
  current: Promise<Value>;
  next: Promise<Value> | null;
}

export function createSingleFlight<Value>(): SingleFlight<Value> {
  const flights = new Map<string, Flight<Value>>();

  const start = (key: string, work: () => Promise<Value>): Promise<Value> => {
    const flight: Flight<Value> = {
      current: work().finally(() => {
        if (flight.next === null) flights.delete(key);
      }),
      next: null,
    };
    flights.set(key, flight);
    return flight.current;
  };

  return {
    async run(key, work) {
      const flight = flights.get(key);
      if (!flight) return { value: await start(key, work), isShared: false };
      if (flight.next) return { value: await flight.next, isShared: true };
      flight.next = flight.current.then(
        () => start(key, work),
        () => start(key, work),
      );
      return { value: await flight.next, isShared: false };
    },
  };
}
