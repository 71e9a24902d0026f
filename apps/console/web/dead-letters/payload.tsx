import { useState } from 'preact/hooks';
import type { DeadLetterPreview } from '../../../../sdk/contracts/operator-dead-letters.ts';
import { client } from '../shell/client.ts';
import { hasRole } from '../shell/session.ts';
import { Fault } from '../ui/states.tsx';
import { Preformatted } from '../ui/texts.tsx';
import { useTask } from '../ui/use-task.ts';

/** The shape of a payload; on demand, which is an act on record, all of it. */
export function Payload({ letter }: { letter: DeadLetterPreview }) {
  const { id, masked } = letter;
  const [whole, setWhole] = useState<string | null>(null);
  const { isBusy, fault, run } = useTask();
  const change = () => {
    if (whole !== null) setWhole(null);
    else
      run(
        (signal) => client.deadLetters.get(id, { signal }),
        ({ payload }) => setWhole(payload),
      );
  };
  return (
    <details>
      <summary>{whole === null ? 'Masked' : 'Whole'}</summary>
      <Preformatted of={whole ?? masked} />
      {hasRole(['operator']) && (
        // One button for both, so that the keyboard stays at it.
        <button type="button" aria-disabled={isBusy} onClick={change}>
          {whole === null ? `Show personal data of ${id}; it is recorded` : 'Mask it again'}
        </button>
      )}
      <Fault of={fault} />
    </details>
  );
}
