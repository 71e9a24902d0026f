import type { ComponentChildren } from 'preact';
import type { OpenedAssessment, OpenedDecision } from '../../../../sdk/contracts/operator-what-if.ts';
import { formatMoney, formatNumber } from '../ui/format.ts';
import { termsOf, wordsOf } from '../ui/outcome.tsx';

interface Step {
  id: string;
  state: 'good' | 'bad' | 'plain';
  title: string;
  text: ComponentChildren;
}

/** The way of a decision through its policy, step by step. */
export function RulePath({ decision }: { decision: OpenedDecision }) {
  const counted = (decision.basis === 'full' ? decision.full : null) ?? decision.twin;
  const other = otherOf(decision, counted);
  return (
    <>
      <ScoreScale decision={decision} counted={counted} other={other} />
      {other && (
        <p class="hint">
          The line is the risk that counts; the dashed one is that{' '}
          {other === decision.twin ? 'without' : 'with'} emotions, {formatNumber(other.risk_score, 3)}.
        </p>
      )}
      <ol class="path">
        {stepsOf(decision, counted).map(({ id, state, title, text }) => (
          <li key={id} class={state}>
            <p>
              <strong>{title}</strong>
            </p>
            <p>{text}</p>
          </li>
        ))}
      </ol>
    </>
  );
}

/** The side that does not count; null without one of another risk. */
function otherOf({ twin, full }: OpenedDecision, counted: OpenedAssessment): OpenedAssessment | null {
  const other = counted === twin ? full : twin;
  return other?.risk_score === counted.risk_score ? null : other;
}

function stepsOf(decision: OpenedDecision, counted: OpenedAssessment): Step[] {
  const { bands, approved, terms, adjustments, exposure, exposure_max: most } = decision;
  const band = counted.band === null ? null : bands[counted.band];
  const isBounded = adjustments.length > 0;
  return [
    {
      id: 'model',
      state: 'plain',
      title: `The model ${counted.model_version} gives a risk of ${formatNumber(counted.risk_score, 3)}`,
      text: `0 is no risk, 1 is certain default; ${
        decision.basis === 'full' ? 'with the emotions of the customer' : 'without emotions'
      }.`,
    },
    ...counted.rules.map(
      (rule, index): Step => ({
        id: `rule-${index}`,
        state: rule.denies ? 'bad' : 'good',
        title: `${rule.denies ? 'Denied by' : 'Passed'}: ${wordsOf(rule.code)}`,
        text: (
          <>
            denies when <code>{rule.deny_when}</code>
          </>
        ),
      }),
    ),
    {
      id: 'band',
      state: band ? 'good' : 'bad',
      title: band ? `In the band up to ${band.score_max}` : 'Above every band of the policy',
      text: band ? (
        <>
          limit <code>{band.credit_limit}</code>, rate <code>{band.interest_rate}</code> % a year
        </>
      ) : (
        `The highest band ends at ${bands.at(-1)?.score_max ?? 0}.`
      ),
    },
    {
      id: 'bounds',
      state: isBounded ? (approved ? 'plain' : 'bad') : 'good',
      title: isBounded ? `Bounded: ${adjustments.map(wordsOf).join(', ')}` : 'Within the bounds',
      text: `Limits before: ${formatMoney(exposure)} of at most ${formatMoney(most)}.`,
    },
    {
      id: 'outcome',
      state: approved ? 'good' : 'bad',
      title: approved ? 'Approved' : 'Denied',
      text: termsOf(terms),
    },
  ];
}

const WIDTH = 420;
const at = (score: number) => 10 + score * (WIDTH - 20);

/** The risk above which the policy denies: by its bands, and by rules of the score alone. */
function thresholdOf({ bands }: OpenedDecision, { rules }: OpenedAssessment): number {
  const ofRules = rules.flatMap(({ deny_when: text }) => {
    const [, bound] = /^\s*score >=? ([\d.]+)\s*$/.exec(text) ?? [];
    return bound === undefined ? [] : [Number(bound)];
  });
  return Math.min(1, bands.at(-1)?.score_max ?? 0, ...ofRules);
}

/** The scale of the risk, with the scores and the threshold on it. */
function ScoreScale(props: {
  decision: OpenedDecision;
  counted: OpenedAssessment;
  other: OpenedAssessment | null;
}) {
  const { decision, counted, other } = props;
  const { twin } = decision;
  const threshold = thresholdOf(decision, counted);
  const scores = `risk ${formatNumber(counted.risk_score, 3)} counts${
    other ? `, ${formatNumber(other.risk_score, 3)} ${other === twin ? 'without' : 'with'} emotions` : ''
  }`;
  return (
    <svg
      class="scale"
      viewBox={`0 0 ${WIDTH} 84`}
      role="img"
      aria-label={`Scale of the risk from 0 to 1: denied above ${threshold}; ${scores}`}
    >
      <rect class="band reached" x={at(0)} y={28} width={at(threshold) - at(0)} height={22} />
      <rect class="band" x={at(threshold)} y={28} width={at(1) - at(threshold)} height={22} />
      {other && (
        <line class="mark twin" x1={at(other.risk_score)} x2={at(other.risk_score)} y1={22} y2={56} />
      )}
      <line class="mark" x1={at(counted.risk_score)} x2={at(counted.risk_score)} y1={20} y2={58} />
      <text x={at(counted.risk_score)} y={14} text-anchor={anchorOf(counted.risk_score)}>
        risk {formatNumber(counted.risk_score, 3)}
      </text>
      <text x={at(0)} y={74}>
        0
      </text>
      <text x={at(threshold)} y={74} text-anchor={anchorOf(threshold)}>
        {threshold < 1 ? `denied above ${threshold}` : ''}
      </text>
      <text x={at(1)} y={74} text-anchor="end">
        1
      </text>
    </svg>
  );
}

const anchorOf = (score: number) => (score > 0.8 ? 'end' : score < 0.2 ? 'start' : 'middle');
