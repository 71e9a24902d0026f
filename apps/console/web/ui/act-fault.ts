import type { EcsError } from '../../../../sdk/core/errors.ts';

/** By the code of its refusal: why an act came too late. */
const OVERTAKEN: Record<string, string> = {
  review_decided: 'Another operator has decided this review meanwhile.',
  review_proposed: 'Another operator has proposed an offer in this review meanwhile.',
  review_not_proposed: 'No offer is proposed in this review any more.',
  wrong_policy_state:
    'Another operator has changed this policy meanwhile, or the policy in whose place it comes.',
  no_policy_before: 'There is no policy before this one to go back to.',
  dead_letter_taken: 'Another operator has replayed or dropped some of these dead letters meanwhile.',
  dead_letter_not_found: 'Another operator has replayed or dropped some of these dead letters meanwhile.',
};

/** Whether an act came too late: another operator has changed the state that it was for. */
export const isOvertaken = (error: unknown): boolean => overtakenSentence(error) !== null;

/** Returns why an act failed, in sentences. */
export function sentenceOfFault(error: Partial<EcsError> & Error): string {
  const overtaken = overtakenSentence(error);
  if (overtaken) return `${overtaken} Nothing of yours was done. Close this to see the new state.`;
  const { message, problem } = error;
  const faults = problem?.errors ?? [];
  const details = faults.map(
    ({ path, message: text }) => `${path.replace(/^\/(body|query)\//, '')}: ${text}.`,
  );
  return [message, ...details].join(' ');
}

function overtakenSentence(error: unknown): string | null {
  const { code } = error as Partial<EcsError>;
  return (code && OVERTAKEN[code]) ?? null;
}
