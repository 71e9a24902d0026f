import { useState } from 'preact/hooks';
import type { DeadLetterPreview } from '../../../../sdk/contracts/operator-dead-letters.ts';
import { client } from '../shell/client.ts';
import { hasRole } from '../shell/session.ts';
import { endSessionIfOver } from '../ui/use-load.ts';

/** The shape of a payload; on demand, which is an act on record, all of it. */
export function Payload({ letter }: { letter: DeadLetterPreview }) {
  const { id, masked } = letter;
  const [whole, setWhole] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const show = async () => {
    try {
      setWhole((await client.deadLetters.get(id)).payload);
    } catch (error) {
      endSessionIfOver(error);
      setFault((error as Error).message);
    }
  };
  return (
    <details>
      <summary>{whole === null ? 'Masked' : 'Whole'}</summary>
      {/* The keyboard must reach a scrolling box. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>{whole ?? masked}</pre>
      {hasRole(['operator']) && whole === null && (
        <button type="button" onClick={() => void show()}>
          Show personal data of {id}; it is recorded
        </button>
      )}
      {whole !== null && (
        <button type="button" onClick={() => setWhole(null)}>
          Mask it again
        </button>
      )}
      <p role="alert" class="fault">
        {fault}
      </p>
    </details>
  );
}
