import { useState } from 'preact/hooks';
import { operator } from '../shell/session.ts';

/**
 * A state that the browser keeps with the page's entry in its history: after a look at one thing of a list,
 * *Back* shows the same part of the list, to the same operator. Nothing of it is in the address.
 */
export function useKept<T>(nameInPage: string, initial: T): [T, (value: T) => void] {
  const name = `${nameInPage} of ${operator.get()?.name}`;
  const [value, setValue] = useState<T>(() => {
    const entry = entryState();
    return name in entry ? (entry[name] as T) : initial;
  });
  const keep = (next: T) => {
    setValue(() => next);
    history.replaceState({ ...entryState(), [name]: next }, '');
  };
  return [value, keep];
}

const entryState = () => (history.state ?? {}) as Record<string, unknown>;
