import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isOvertaken, isUnanswered, sentenceOfFault } from './act-fault.ts';
import { followAct } from './follow-act.ts';
import { Fault } from './states.tsx';
import { endSessionIfOver } from './use-load.ts';

/**
 * Asks for the details of an act, and does it. The browser keeps the keyboard inside, and Escape closes; a
 * fault stays in sight, with everything typed before. An act under way begins no second time, and its dialog
 * stays until the outcome is known, after a second Escape as well, which no page can refuse. Then the
 * keyboard is in the page, after a cancellation at the opener.
 */
export function ActDialog<T>(props: {
  title: string;
  /** Of the button that acts. */
  act: string;
  onAct(fields: FormData): Promise<T>;
  /**
   * To load once more what the act was about: after the act with its value; with null after the dialog of one
   * that came too late, or whose outcome is unknown, is closed.
   */
  onChanged(value: T | null): void;
  onClose(): void;
  children: ComponentChildren;
}) {
  const { title, act, onAct, onChanged, onClose, children } = props;
  const outcome = useRef<Outcome>('none');
  const dialog = useModal(outcome);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (outcome.current === 'awaited' || outcome.current === 'done') return;
    outcome.current = 'awaited';
    setIsBusy(true);
    try {
      const fields = new FormData(event.currentTarget as HTMLFormElement);
      const value = await followAct({ title, isLeft: () => dialog.current === null }, () => onAct(fields));
      outcome.current = 'done';
      onChanged(value);
      onClose();
    } catch (error) {
      outcome.current = isUnanswered(error as Error) ? 'unknown' : isOvertaken(error) ? 'overtaken' : 'none';
      setFault(endSessionIfOver(error) ? NOT_DONE : sentenceOfAct(error as Error));
      setIsBusy(false);
    }
  };
  const close = () => {
    // A busy browser tells late of a dialog that is gone: another one may be open by then.
    if (!dialog.current) return;
    if (outcome.current === 'awaited') {
      if (!dialog.current.open) dialog.current.showModal();
      return;
    }
    onClose();
    if (outcome.current === 'overtaken' || outcome.current === 'unknown') onChanged(null);
  };
  return (
    <dialog
      ref={dialog}
      onCancel={(event) => outcome.current === 'awaited' && event.preventDefault()}
      onClose={close}
      aria-labelledby="dialog-title"
    >
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="dialog-title">{title}</h2>
        {children}
        <Foot fault={fault} isBusy={isBusy} act={act} onCancel={close} />
      </form>
    </dialog>
  );
}

const sentenceOfAct = (error: Error): string =>
  isUnanswered(error) ? `${sentenceOfFault(error)} ${PERHAPS_DONE}` : sentenceOfFault(error);

function Foot(props: { fault: string | null; isBusy: boolean; act: string; onCancel(): void }) {
  const { fault, isBusy, act, onCancel } = props;
  return (
    <>
      <Fault of={fault} />
      <div class="buttons">
        <button type="button" aria-disabled={isBusy} onClick={onCancel}>
          Cancel
        </button>
        {/* A button that is disabled loses the keyboard. */}
        <button type="submit" class="primary" aria-disabled={isBusy}>
          {isBusy ? 'Working' : act}
        </button>
      </div>
    </>
  );
}

/**
 * Of an act: `awaited` while it is under way, `overtaken` where another operator was first, `unknown` where
 * nothing responded.
 */
type Outcome = 'none' | 'awaited' | 'overtaken' | 'unknown' | 'done';

/** Returns the reference of a dialog, which is shown as a modal until its component goes. */
function useModal(outcome: { current: Outcome }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const opener = useRef(document.activeElement as HTMLElement | null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close();
      (outcome.current === 'done' ? document.getElementById('main') : opener.current)?.focus();
    };
  }, []);
  return dialog;
}

const PERHAPS_DONE = 'It may have been done all the same: close this to see the state.';
const NOT_DONE = 'Nothing was done: the session was over, or of another operator. Act once more.';

/** A person's words that an act needs. */
export function WordsField({ name, label, lengthMax }: { name: string; label: string; lengthMax: number }) {
  return (
    <label>
      {label}
      <textarea name={name} rows={3} required maxLength={lengthMax} />
    </label>
  );
}

/** Returns the text of a field. */
export function textOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value.trim() : '';
}
