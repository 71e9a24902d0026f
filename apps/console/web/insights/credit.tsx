import { useMemo } from 'preact/hooks';
import type { CreditInsights } from '../../../../sdk/contracts/operator-insights.ts';
import { client } from '../shell/client.ts';
import { Drawing } from '../ui/drawing.tsx';
import { formatMoney, formatNumber } from '../ui/format.ts';
import { Plot } from '../ui/plot.tsx';
import { Loaded } from '../ui/states.tsx';
import { useLoad } from '../ui/use-load.ts';
import { bandPlot, barChart } from './drawings.ts';
import { MORE, ScopeNote, useScope } from './scope.tsx';

const EFFECTS: Record<string, string> = {
  none: 'Read, and nothing changed',
  better_terms: 'Better terms by emotions',
  approved: 'Approved by emotions',
  worse_terms: 'Worse terms by emotions',
  denied: 'Denied by emotions',
  not_read: 'Not read: law, policy or consent',
};

/** From the analysis to the active limit: funnel, terms, denials, and the effect of emotions. */
export default function Credit() {
  const [scope, form] = useScope(84);
  const figures = useLoad(() => client.insights.credit(scope), [scope]);
  return (
    <section>
      <h1>Credit</h1>
      <p class="lead">Decisions of the population by week, from Monday to Sunday, and their offers.</p>
      {form}
      <Loaded
        of={figures}
        what="the decisions"
        isEmpty={({ funnel, reasons, effects }) => !funnel && reasons.length + effects.length === 0}
        empty={`No week has decisions on 20 customers or more in each of its figures. ${MORE}`}
      >
        {(value) => <Figures figures={value} />}
      </Loaded>
    </section>
  );
}

function Figures({ figures }: { figures: CreditInsights }) {
  const { funnel, reasons, effects } = figures;
  const plots = useMemo(() => termPlots(figures), [figures]);
  const decided = effects.reduce((sum, { count }) => sum + count, 0);
  const denials = reasons.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      <ScopeNote scope={figures} cell="Parts of a week and jurisdiction" />
      <h2>From the analysis to the active limit</h2>
      {funnel ? (
        <Drawing
          data={barChart('Funnel', 'analyses and their offers', 'Of the stage before', stagesOf(funnel))}
        />
      ) : (
        <p class="empty">In no week each stage has 20 customers.</p>
      )}
      <h2>Limits and rates offered</h2>
      <Plot data={plots.limit} />
      <Plot data={plots.rate} />
      <h2>From acceptance to active</h2>
      <Plot data={plots.seconds} />
      <h2>Denials by reason</h2>
      {reasons.length > 0 ? (
        <Drawing
          data={barChart(
            'Denials by reason',
            'reasons given; a denial has up to four',
            'Of the reasons shown',
            reasons.map(({ code, count }) => ({ label: code, count, share: count / denials })),
          )}
        />
      ) : (
        <p class="empty">No reason was given to 20 customers of a week.</p>
      )}
      <h2>Effect of emotions</h2>
      <p class="hint">Each decision beside its twin: the same customer without emotions.</p>
      {effects.length > 0 ? (
        <Drawing
          data={barChart(
            'Effect of emotions on decisions',
            'decisions',
            'Of the decisions shown',
            effects.map(({ effect, count }) => ({
              label: EFFECTS[effect] ?? effect,
              count,
              share: count / decided,
            })),
          )}
        />
      ) : (
        <p class="empty">No week has enough decisions.</p>
      )}
    </>
  );
}

function stagesOf({ decided, offered, accepted, active }: NonNullable<CreditInsights['funnel']>) {
  const shareOf = (part: number, whole: number) => (whole === 0 ? 0 : Math.min(1, part / whole));
  return [
    { label: 'Analyzed', count: decided, share: 1 },
    { label: 'Offered', count: offered, share: shareOf(offered, decided) },
    { label: 'Accepted', count: accepted, share: shareOf(accepted, offered) },
    { label: 'Active', count: active, share: shareOf(active, accepted) },
  ];
}

function termPlots({ weeks }: CreditInsights) {
  const across = 'week of the decision, its Monday (UTC)';
  const points = (name: 'limit' | 'rate' | 'seconds_to_active') =>
    weeks.map((week) => ({ day: week.week, band: week[name] }));
  return {
    limit: bandPlot({ title: 'Credit limits', unit: 'amount', across, format: formatMoney }, points('limit')),
    rate: bandPlot(
      { title: 'Interest rates', unit: 'percent a year', across, format: (value) => formatNumber(value, 2) },
      points('rate'),
    ),
    seconds: bandPlot(
      {
        title: 'Time from acceptance to active',
        unit: 'seconds',
        across,
        format: (value) => formatNumber(value, 2),
      },
      points('seconds_to_active'),
    ),
  };
}
