import { useState } from 'preact/hooks';
import type { InsightsQuery } from '../../../../sdk/contracts/operator-insights.ts';
import { textOf } from '../ui/dialog.tsx';
import { formatNumber } from '../ui/format.ts';

/** The query of a page of figures, and the form that changes it. */
export function useScope(days: number): [InsightsQuery, preact.JSX.Element] {
  const [scope, setScope] = useState<InsightsQuery>({ from: dayBefore(days - 1), to: dayBefore(0) });
  const [isWrong, setIsWrong] = useState(false);
  const change = (event: Event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const jurisdiction = textOf(fields, 'jurisdiction');
    const place = jurisdiction.toLowerCase() === 'unknown' ? 'unknown' : jurisdiction.toUpperCase();
    const isPlace = place === '' || /^([A-Z]{2}|unknown)$/.test(place);
    setIsWrong(!isPlace);
    if (!isPlace) return;
    setScope({
      from: textOf(fields, 'from'),
      to: textOf(fields, 'to'),
      ...(place ? { jurisdiction: place } : {}),
    });
  };
  const form = (
    <form class="filters" onSubmit={change}>
      <label>
        First day (UTC)
        <input type="date" name="from" defaultValue={scope.from} required />
      </label>
      <label>
        Last day (UTC)
        <input type="date" name="to" defaultValue={scope.to} required />
      </label>
      <label>
        Jurisdiction
        <input
          name="jurisdiction"
          defaultValue={scope.jurisdiction}
          placeholder="all"
          maxLength={7}
          size={8}
          aria-invalid={isWrong}
          aria-describedby="jurisdiction-hint"
        />
      </label>
      <button type="submit" class="primary">
        Show
      </button>
      <p id="jurisdiction-hint" class={isWrong ? 'fault' : 'hint'} role={isWrong ? 'alert' : undefined}>
        Two letters such as BR, unknown, or nothing for all.
      </p>
    </form>
  );
  return [scope, form];
}

/** The way out of an empty page. */
export const MORE = 'Choose more days, or all jurisdictions.';

/** Says of whom the figures are, and what is not in them. */
export function ScopeNote(props: {
  scope: {
    from: string;
    to: string;
    jurisdiction: string | null;
    customers_min: number;
    cells_withheld: number;
  };
  cell: string;
}) {
  const { scope, cell } = props;
  return (
    <p class="hint">
      {scope.from} to {scope.to}, UTC days,{' '}
      {scope.jurisdiction === null ? 'all jurisdictions' : `jurisdiction ${scope.jurisdiction}`}. Counts are
      rounded to 5. {cell} of fewer than {scope.customers_min} customers are left out:{' '}
      {formatNumber(scope.cells_withheld)} here.
    </p>
  );
}

function dayBefore(days: number): string {
  const day = new Date();
  day.setUTCDate(day.getUTCDate() - days);
  return day.toISOString().slice(0, 10);
}
