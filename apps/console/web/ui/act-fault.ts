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

export const NO_RESPONSE = 'The console does not respond. Is it running?';

/** Whether nothing responded: an act may have been done all the same. */
export const isUnanswered = ({ kind }: Partial<EcsError>): boolean =>
  kind === 'connection' || kind === 'timeout';

/** Returns why a request failed, in sentences. */
export function sentenceOfFault(error: Partial<EcsError> & Error): string {
  const overtaken = overtakenSentence(error);
  if (overtaken) return `${overtaken} Nothing of yours was done. Close this to see the new state.`;
  if (isUnanswered(error)) return NO_RESPONSE;
  const { message, problem } = error;
  const faults = problem?.errors ?? [];
  if (faults.length === 0) return problem?.detail ?? message;
  return faults
    .map(({ path, message: text }) => `${path.replace(/^\/(body|query)\//, '')}: ${text}.`)
    .join(' ');
}

function overtakenSentence(error: unknown): string | null {
  const { code } = error as Partial<EcsError>;
  return (code && OVERTAKEN[code]) ?? null;
}
