import { signal } from '../shell/signal.ts';
import { sentenceOfFault } from './act-fault.ts';

/** The outcome of an act, where it came after its page was left; null once it was closed. */
export const notice = signal<string | null>(null);

/**
 * Does an act. Meanwhile the browser asks before it leaves the console, and after Back or Forward the outcome
 * is told above the next page.
 */
export async function followAct<T>(
  { title, isLeft }: { title: string; isLeft: () => boolean },
  act: () => Promise<T>,
): Promise<T> {
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', warn);
  try {
    const value = await act();
    if (isLeft()) notice.set(`${title}: done.`);
    return value;
  } catch (error) {
    if (isLeft()) notice.set(`${title}: not done. ${sentenceOfFault(error as Error)}`);
    throw error;
  } finally {
    removeEventListener('beforeunload', warn);
  }
}
