import { useEffect, useState } from 'preact/hooks';

/** A value with followers. */
interface Signal<T> {
  get(): T;
  set(value: T): void;
  /** In a component: the value, now and after each change. */
  use(): T;
}

export function signal<T>(initial: T): Signal<T> {
  let current = initial;
  const followers = new Set<(value: T) => void>();
  return {
    get: () => current,
    set(value) {
      current = value;
      for (const follow of followers) follow(value);
    },
    use() {
      const [value, setValue] = useState(current);
      useEffect(() => {
        const follow = (next: T) => setValue(() => next);
        follow(current);
        followers.add(follow);
        return () => void followers.delete(follow);
      }, []);
      return value;
    },
  };
}
