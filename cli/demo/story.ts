import type { CreditAnalysis } from '../../sdk/index.ts';
import { EXPOSURE_LIMIT_REACHED, REDUCED_BY_EXPOSURE } from '../../underwriting/policy/policy-document.ts';
import { CliError } from '../ui/output.ts';
import { describeOtherOutcome, selectRecord } from './decision-record.ts';
import { acceptAndListen, analyze, type Journey, sendEvents, waitUntilStored } from './journey.ts';
import type { Persona, PersonaName } from './personas.ts';
import { transactionsToReach } from './recourse.ts';

/** The result of a customer's part of the demo. */
export interface Outcome {
  name: PersonaName;
  /** Each decision, with its lesson in a few words. */
  decisions: { analysis: CreditAnalysis; shows: string }[];
  /** From the acceptance until the limit was seen active; null where that is not measured. */
  activeAfterMs: number | null;
}

interface Part extends Journey {
  persona: Persona;
  /** The first decision of the customer, and those of the customers before. */
  analysis: CreditAnalysis;
  earlier: Outcome[];
}

/** Plays one customer's part: events, decision, lesson. Throws a CliError when the lesson does not hold. */
export async function live(persona: Persona, journey: Journey, earlier: Outcome[]): Promise<Outcome> {
  const { emotions, transactions } = persona;
  await sendEvents(persona, journey);
  await waitUntilStored({ emotions: emotions.length, transactions: transactions.length }, journey);
  const analysis = await analyze(journey);
  const part = { ...journey, persona, analysis, earlier };
  return { name: persona.name, activeAfterMs: null, ...(await PARTS[persona.name](part)) };
}

type Shown = Pick<Outcome, 'decisions'> & Partial<Outcome>;

const PARTS: Record<PersonaName, (part: Part) => Promise<Shown>> = {
  ada: showNoHarm,
  bruno: showHelp,
  carla: showRecourse,
  dan: showCap,
};

/** Stress and sadness take nothing from ada; the offer goes all the way to a limit. */
async function showNoHarm(part: Part): Promise<Shown> {
  const { analysis, database, steps } = part;
  const { offer_id } = requireOffer(analysis);
  const record = await database?.query((sql) => selectRecord(sql, analysis.analysis_id));
  const otherOutcome = record ? describeOtherOutcome(record) : null;
  if (otherOutcome) steps.note(otherOutcome);
  const activeAfterMs = await acceptAndListen(offer_id, part);
  return { decisions: [{ analysis, shows: 'bad feelings take nothing' }], activeAfterMs };
}

/** Ada's decision is that of bruno's twin: the same spending, without a feeling that counts. */
async function showHelp({ analysis, steps, earlier }: Part): Promise<Shown> {
  const ada = earlier.find(({ name }) => name === 'ada')?.decisions[0]?.analysis;
  const offer = requireOffer(analysis);
  const twin = requireOffer(ada);
  const more = offer.credit_limit - twin.credit_limit;
  if (more <= 0) throw new CliError('a good month did not raise the limit above that of the twin');
  const terms = `${twin.credit_limit.toFixed(2)} at ${twin.interest_rate} %`;
  steps.note(`the twin, the same spending without emotions: ${terms}`);
  steps.note(`the good month adds ${more.toFixed(2)}`);
  return { decisions: [{ analysis, shows: `the good month adds ${more.toFixed(2)}` }] };
}

/** Carla is denied, reads the reasons, follows the recourse, and is approved. */
async function showRecourse(part: Part): Promise<Shown> {
  const { analysis: denied, ecs, persona, steps, signal } = part;
  const decision = await steps.run('read the decision again', () =>
    ecs.analyses.get(denied.analysis_id, { signal }),
  );
  for (const { feature, value, sufficient_value: enough } of decision.reasons) {
    if (feature === null) continue;
    steps.note(`${feature} is ${value}${enough === null ? '' : `; ${enough} would be enough`}`);
  }
  const recourse = decision.recourse ?? [];
  if (denied.approved || recourse.length === 0) throw new CliError('no denial with a recourse was seen');
  for (const { feature, from, to } of recourse) steps.note(`recourse: ${feature} from ${from} to ${to}`);
  const transactions = transactionsToReach(decision.features, recourse);
  await sendEvents({ emotions: [], transactions }, part);
  await waitUntilStored(
    { emotions: 0, transactions: persona.transactions.length + transactions.length },
    part,
  );
  const approved = await analyze(part);
  requireOffer(approved);
  return {
    decisions: [
      { analysis: denied, shows: denied.reasons.map(({ code }) => code)[0] ?? 'denied' },
      { analysis: approved, shows: 'the recourse was applied' },
    ],
  };
}

/** Dan's limits add up to the cap and no further; closing one makes room. */
async function showCap(part: Part): Promise<Shown> {
  const { analysis: first, ecs, userId, steps, signal } = part;
  const activate = (analysis: CreditAnalysis) =>
    steps.run(
      'accepted and active',
      () => ecs.offers.accept(requireOffer(analysis).offer_id, { signal }).waitUntilActive(),
      ({ credit_limit }) => credit_limit.toFixed(2),
    );
  await activate(first);
  const reduced = await analyze(part);
  requireReason(reduced, REDUCED_BY_EXPOSURE);
  const second = await activate(reduced);
  await steps.run(
    'limits',
    () => ecs.customers.get(userId, { signal }),
    ({ exposure, exposure_max }) => `${exposure.toFixed(2)} of at most ${exposure_max.toFixed(2)}`,
  );
  const denied = await analyze(part);
  requireReason(denied, EXPOSURE_LIMIT_REACHED);
  await steps.run(
    'closed',
    () => ecs.offers.close(second.offer_id, { signal }),
    ({ credit_limit }) => `${credit_limit.toFixed(2)} of the limits is free again`,
  );
  const again = await analyze(part);
  requireOffer(again);
  return {
    decisions: [
      { analysis: first, shows: 'the first limit' },
      { analysis: reduced, shows: 'reduced to what the cap leaves' },
      { analysis: denied, shows: 'at the cap' },
      { analysis: again, shows: 'one was closed: room again' },
    ],
  };
}

function requireOffer(analysis: CreditAnalysis | undefined) {
  if (analysis?.offer) return analysis.offer;
  throw new CliError('an offer was expected, and there is none');
}

function requireReason({ reasons }: CreditAnalysis, code: string): void {
  if (!reasons.some((reason) => reason.code === code)) throw new CliError(`the reason ${code} was not given`);
}
