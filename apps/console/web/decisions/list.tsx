import { Link } from 'wouter-preact';
import type { DecisionFilter, ListedDecision } from '../../../../sdk/contracts/operator-decisions.ts';
import { client } from '../shell/client.ts';
import { textOf } from '../ui/dialog.tsx';
import { formatMoney, formatNumber, formatTime } from '../ui/format.ts';
import { Outcome, wordsOf } from '../ui/outcome.tsx';
import { Pager, usePages } from '../ui/pager.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useKept } from '../ui/use-kept.ts';
import { useLoad } from '../ui/use-load.ts';
import { Id } from '../ui/texts.tsx';

type Filter = Omit<DecisionFilter, 'cursor' | 'page_size'>;

/** Decisions of all customers, the newest first. */
export default function Decisions() {
  const [filter, setFilter] = useKept<Filter>('filter', {});
  const pages = usePages();
  const { cursor } = pages;
  const page = useLoad(
    () => client.decisions.list({ ...filter, page_size: 25, ...(cursor ? { cursor } : {}) }),
    [JSON.stringify(filter), cursor],
  );
  const apply = (next: Filter) => {
    setFilter(next);
    pages.restart();
  };
  return (
    <section>
      <h1>Decisions</h1>
      <p class="lead">Every credit decision, the newest first. Times are in UTC.</p>
      <Filters filter={filter} onApply={apply} />
      <Loaded of={page} what="the decisions">
        {({ items, next_cursor: next, searched_back_to: end }) => (
          <>
            {items.length === 0 ? (
              <p class="empty">
                {end
                  ? `None matches back to ${formatTime(end)}.`
                  : 'No decision matches these filters. With fewer of them, or longer times, more do.'}
              </p>
            ) : (
              <Table
                caption="Decisions, newest first"
                columns={COLUMNS}
                rows={items}
                keyOf={({ analysis_id: id }) => id}
              />
            )}
            {end && items.length > 0 && <p class="hint">Searched back to {formatTime(end)}.</p>}
            <Pager
              pages={pages}
              next={next}
              backLabel="Newer"
              onLabel={end ? 'Search further back' : 'Older'}
            />
          </>
        )}
      </Loaded>
    </section>
  );
}

const CHOICES: [name: keyof Filter, label: string, values: [value: string, label: string][]][] = [
  [
    'outcome',
    'Outcome',
    [
      ['approved', 'Approved'],
      ['denied', 'Denied'],
    ],
  ],
  [
    'emotion_effect',
    'Emotions',
    [
      ['off', 'Off'],
      ['help_only', 'Help only'],
      ['full', 'Full'],
    ],
  ],
  ['limit_reduced', 'Limit', [['true', 'Reduced']]],
  [
    'review',
    'Review',
    [
      ['any', 'Reviewed'],
      ['open', 'Open'],
      ['upheld', 'Upheld'],
      ['overridden', 'Overridden'],
      ['override', 'Made by an operator'],
    ],
  ],
];
const TEXTS: [name: keyof Filter, label: string, hint: string][] = [
  ['reason', 'Reason code', 'few_transactions'],
  ['policy_version', 'Policy', 'v1'],
  ['jurisdiction', 'Jurisdiction', 'BR'],
  ['user_id', 'Customer id', ''],
];

function Filters({ filter, onApply }: { filter: Filter; onApply(filter: Filter): void }) {
  const textIn = (name: keyof Filter) => filter[name] ?? '';
  const apply = (event: Event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const entries = [...CHOICES, ...TEXTS].map(([name]) => [name, textOf(fields, name)] as const);
    const times = (['since', 'until'] as const).map((name) => [name, timeOf(textOf(fields, name))] as const);
    onApply(Object.fromEntries([...entries, ...times].filter(([, value]) => value !== '')) as Filter);
  };
  return (
    <form class="filters" aria-label="Filters" onSubmit={apply}>
      {CHOICES.map(([name, label, values]) => (
        <label key={name}>
          {label}
          <select name={name}>
            <option value="">Any</option>
            {values.map(([value, text]) => (
              <option key={value} value={value} selected={value === textIn(name)}>
                {text}
              </option>
            ))}
          </select>
        </label>
      ))}
      {TEXTS.map(([name, label, hint]) => (
        <label key={name}>
          {label}
          <input name={name} defaultValue={textIn(name)} placeholder={hint} maxLength={63} />
        </label>
      ))}
      <label>
        Since (UTC)
        <input
          name="since"
          type="datetime-local"
          max="9999-12-31T23:59"
          defaultValue={localOf(filter.since)}
        />
      </label>
      <label>
        Until (UTC)
        <input
          name="until"
          type="datetime-local"
          max="9999-12-31T23:59"
          defaultValue={localOf(filter.until)}
        />
      </label>
      <button type="submit" class="primary">
        Apply
      </button>
    </form>
  );
}

/** As the field has it, without a zone. */
const localOf = (time: string | undefined): string => time?.slice(0, 16) ?? '';

/** The field has no zone: it is read as UTC. */
const timeOf = (local: string): string => (local === '' ? '' : new Date(`${local}Z`).toISOString());

const COLUMNS = [
  {
    title: 'Decision',
    cell: ({ analysis_id: id }: ListedDecision) => (
      <Link href={`/decisions/${id}`}>
        <Id of={id} />
      </Link>
    ),
  },
  {
    title: 'Time',
    cell: ({ created_at: at }: ListedDecision) => <time dateTime={at}>{formatTime(at)}</time>,
  },
  { title: 'Outcome', cell: ({ approved }: ListedDecision) => <Outcome approved={approved} /> },
  {
    title: 'Limit',
    isNumber: true,
    cell: ({ credit_limit: limit }: ListedDecision) => (limit === null ? '–' : formatMoney(limit)),
  },
  {
    title: 'Risk (0 to 1)',
    isNumber: true,
    cell: ({ risk_score: score }: ListedDecision) => formatNumber(score, 3),
  },
  { title: 'Reasons', cell: ({ reasons }: ListedDecision) => reasons.map(wordsOf).join(', ') || '–' },
  { title: 'Policy', cell: ({ policy_version: version }: ListedDecision) => version },
  { title: 'Jurisdiction', cell: ({ jurisdiction }: ListedDecision) => jurisdiction ?? '–' },
  { title: 'Emotions', cell: ({ emotion_effect: effect }: ListedDecision) => wordsOf(effect ?? '–') },
  {
    title: 'Review',
    cell: ({ review, overrides }: ListedDecision) =>
      overrides ? <Link href={`/decisions/${overrides}`}>in place of a denial</Link> : (review ?? '–'),
  },
];
