import { useKept } from './use-kept.ts';

/** The place in a list that comes page by page. */
interface Pages {
  /** Of the page that is shown; undefined for the first. */
  cursor: string | undefined;
  /** Back to the first page: of another list. */
  restart(): void;
  back(): void;
  goOn(next: string): void;
}

export function usePages(): Pages {
  const [cursors, setCursors] = useKept<string[]>('cursors', []);
  return {
    cursor: cursors.at(-1),
    restart: () => setCursors([]),
    back: () => setCursors(cursors.slice(0, -1)),
    goOn: (next) => setCursors([...cursors, next]),
  };
}

/** The ways to the pages before and behind, where there are any. */
export function Pager(props: { pages: Pages; next: string | null; backLabel: string; onLabel: string }) {
  const { pages, next, backLabel, onLabel } = props;
  return (
    <div class="buttons">
      {pages.cursor !== undefined && (
        <button type="button" onClick={pages.back}>
          {backLabel}
        </button>
      )}
      {next !== null && (
        <button type="button" onClick={() => pages.goOn(next)}>
          {onLabel}
        </button>
      )}
    </div>
  );
}
