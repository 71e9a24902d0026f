import type { OpenedDecision } from '../../../../sdk/contracts/operator-what-if.ts';
import { labelOf, valueOf } from '../ui/features.ts';
import { formatNumber } from '../ui/format.ts';
import { Table } from '../ui/table.tsx';
import { ENOUGH, termsOf, wordsOf } from '../ui/outcome.tsx';
import { enoughText } from './enough.ts';

interface Row {
  name: string;
  cells: string[];
}

/** The customer with emotions beside the same customer without. */
export function Twins({ decision }: { decision: OpenedDecision }) {
  const { twin, full, basis, reasons } = decision;
  const enough = (name: string) => reasons.find(({ feature }) => feature === name)?.sufficient_value ?? null;
  const sides = full ? [full, twin] : [twin];
  const row = (name: string, cellOf: (side: typeof twin) => string, more = '–'): Row => ({
    name,
    cells: [...sides.map(cellOf), more],
  });
  const rows = [
    ...decision.features.map(({ name }) => {
      const value = enough(name);
      const known = value === null ? '–' : valueOf(name, value);
      return row(labelOf(name), ({ features }) => valueOf(name, features[name] ?? 0), known);
    }),
    row('Risk (0 to 1)', ({ risk_score: score }) => formatNumber(score, 3)),
    row('By the policy', ({ approved, denied_by: codes }) =>
      approved ? 'approved' : `denied: ${codes.map(wordsOf).join(', ')}`,
    ),
    row('Terms', ({ terms }) => termsOf(terms)),
  ];
  const titleOf = (side: 'full' | 'twin') =>
    `${side === 'full' ? 'With emotions' : 'Without emotions'}${basis === side ? ' (counts)' : ''}`;
  const isAnyEnough = decision.features.some(({ name }) => enough(name) !== null);
  const titles = [
    ...(full ? [titleOf('full')] : []),
    titleOf('twin'),
    ...(isAnyEnough ? ['Enough by itself'] : []),
  ];
  const sidesInWords = full
    ? 'The customer, and the same customer without emotions'
    : 'The customer; emotions were not read';
  return (
    <Table
      caption={isAnyEnough ? `${sidesInWords}. ${ENOUGH}` : sidesInWords}
      rows={rows}
      keyOf={({ name }) => name}
      columns={[
        { title: 'Fact', cell: ({ name }: Row) => name },
        ...titles.map((title, index) => ({ title, cell: ({ cells }: Row) => cells[index] ?? '–' })),
      ]}
    />
  );
}

/** Reasons in words, with values. */
export function Reasons({ decision }: { decision: OpenedDecision }) {
  const { reasons, approved, explanation_complete: isComplete } = decision;
  if (reasons.length === 0) {
    return <p>{approved ? 'No reason was found against it.' : 'No reason is on record.'}</p>;
  }
  return (
    <ol>
      {reasons.map(({ code, message, feature, value, sufficient_value: enough }) => (
        <li key={code}>
          {message}{' '}
          {feature !== null && value !== null && (
            <span class="unit">
              {labelOf(feature)}: {valueOf(feature, value)}; {enoughText(feature, enough, isComplete)}
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}

/** Changes by which a denial would have been an approval. */
export function RecourseText({ decision }: { decision: OpenedDecision }) {
  const { approved, recourse, explanation_complete: isComplete } = decision;
  if (approved) return <p>Nothing has to change: it is an approval.</p>;
  if (recourse.length === 0) {
    return (
      <p>
        {isComplete
          ? 'No change of one or two things that the customer can change is known to lead to an approval.'
          : 'Not known: the model could not be asked to the end.'}
      </p>
    );
  }
  return (
    <>
      <p>Tried with the same model and policy, which approve then:</p>
      <ul>
        {recourse.map(({ feature, from, to }) => (
          <li key={feature}>
            {labelOf(feature)} from {valueOf(feature, from)} to <strong>{valueOf(feature, to)}</strong>
          </li>
        ))}
      </ul>
    </>
  );
}
