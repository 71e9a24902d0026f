import type { Webhook } from '../../../../sdk/contracts/webhook.ts';
import { formatAge } from '../ui/format.ts';

const TONES = { enabled: 'good', failing: 'warn', disabled: '' } as const;

/** The state of an endpoint, with what has led to it. */
export function EndpointState({ webhook }: { webhook: Webhook }) {
  const { state, disabled_by: by, failing_since: since } = webhook;
  const cause =
    state === 'failing' && since
      ? `for ${formatAge(since)}`
      : by === 'gone'
        ? 'by its 410'
        : by && 'by an act';
  return (
    <>
      <span class={`tag ${TONES[state]}`}>{state}</span> {cause && <span class="unit">{cause}</span>}
    </>
  );
}
