import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EcsError } from '../../../../sdk/core/errors.ts';
import { endSessionIfOver } from './use-load.ts';

/**
 * Asks for the details of an act, and does it. The browser keeps the keyboard inside, and Escape closes; a
 * fault stays in sight, with everything typed before.
 */
export function ActDialog(props: {
  title: string;
  /** Of the button that acts. */
  act: string;
  onAct(fields: FormData): Promise<unknown>;
  onClose(): void;
  children: ComponentChildren;
}) {
  const { title, act, onAct, onClose, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setIsBusy(true);
    try {
      await onAct(new FormData(event.currentTarget as HTMLFormElement));
      onClose();
    } catch (error) {
      setFault(endSessionIfOver(error) ? NOT_DONE : faultOf(error as Partial<EcsError> & Error));
      setIsBusy(false);
    }
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="dialog-title">
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="dialog-title">{title}</h2>
        {children}
        <p role="alert" class="fault">
          {fault}
        </p>
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy}>
            {isBusy ? 'Working' : act}
          </button>
        </div>
      </form>
    </dialog>
  );
}

const NOT_DONE = 'Nothing was done: the session was over, or of another operator. Act once more.';

function faultOf({ message, problem }: Partial<EcsError> & Error): string {
  const faults = problem?.errors ?? [];
  const details = faults.map(({ path, message: text }) => `${path.replace(/^\/body\//, '')}: ${text}.`);
  return [message, ...details].join(' ');
}

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
