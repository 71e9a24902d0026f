import { useLayoutEffect } from 'preact/hooks';
import { visibleText } from '../ui/visible-text.ts';

/** Names the document, and the part of it where the reader goes on after a link, by the page in it. */
export function useTitle(title: string): void {
  useLayoutEffect(() => {
    const text = visibleText(title);
    document.title = `${text} · ECS console`;
    document.getElementById('main')?.setAttribute('aria-label', text);
  }, [title]);
}
