import type { DeadLetterPreview } from '../../../../sdk/contracts/operator-dead-letters.ts';
import { client } from '../shell/client.ts';
import { ActDialog, textOf, WordsField } from '../ui/dialog.tsx';
import { formatNumber } from '../ui/format.ts';

interface DialogProps {
  chosen: DeadLetterPreview[];
  onDone(text: string | null): void;
  onClose(): void;
}

const idsOf = (letters: DeadLetterPreview[]) => letters.map(({ id }) => id);

export function ReplayDialog({ chosen, onDone, onClose }: DialogProps) {
  const lost = chosen.filter(({ outcome }) => outcome === 'dropped').length;
  const replay = async (fields: FormData) => {
    const note = textOf(fields, 'reason');
    const { items } = await client.deadLetters.replay({ ids: idsOf(chosen), note });
    return `${formatNumber(items.length)} sent to their streams once more.`;
  };
  return (
    <ActDialog
      title={`Replay ${formatNumber(chosen.length)}`}
      act="Replay"
      onAct={replay}
      onChanged={onDone}
      onClose={onClose}
    >
      <p>They go to the end of their streams. One that is stored already is not stored twice.</p>
      {lost > 0 && (
        <p class="fault">
          {formatNumber(lost)} of them would be dropped for want of consent, and not come back here.
        </p>
      )}
      <WordsField name="reason" label="Reason, for the audit log" lengthMax={500} />
    </ActDialog>
  );
}

export function DropDialog({ chosen, onDone, onClose }: DialogProps) {
  const drop = async (fields: FormData) => {
    const { items } = await client.deadLetters.drop({ ids: idsOf(chosen), reason: textOf(fields, 'reason') });
    return `${formatNumber(items.length)} given up for good.`;
  };
  return (
    <ActDialog
      title={`Drop ${formatNumber(chosen.length)}`}
      act="Drop"
      onAct={drop}
      onChanged={onDone}
      onClose={onClose}
    >
      <p>They are given up for good. The reason is kept for a year, with your name.</p>
      <WordsField name="reason" label="Reason, for the audit log" lengthMax={500} />
    </ActDialog>
  );
}
