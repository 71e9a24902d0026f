import type { ComponentChildren } from 'preact';
import type { EcsError } from '../../../../sdk/core/errors.ts';
import { isUnanswered, sentenceOfFault } from './act-fault.ts';
import type { Load } from './use-load.ts';

/** Shows a loaded value, or the state of the loading. */
export function Loaded<T>(props: {
  of: Load<T>;
  /** The name of the value in a sentence: `the queue`. */
  what: string;
  /** Whether there is nothing in the value; `empty` is shown then. */
  isEmpty?: (value: T) => boolean;
  empty?: ComponentChildren;
  children: (value: T) => ComponentChildren;
}) {
  const { of: load, what, isEmpty, empty, children } = props;
  if (load.error) return <Failed what={what} error={load.error} onRetry={load.reload} />;
  if (load.value === undefined) return <Loading what={what} />;
  return (
    <div class={load.isLoading ? 'stale' : undefined} aria-busy={load.isLoading}>
      {/* What is in sight may be of another choice, or of another time. */}
      <p class="reloading" role="status">
        {load.isLoading && `Loading ${what} once more …`}
      </p>
      {isEmpty?.(load.value) ? (
        <p class="empty" role="status">
          {empty}
        </p>
      ) : (
        children(load.value)
      )}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      Loading {what} …
    </p>
  );
}

export function Failed({ what, error, onRetry }: { what: string; error: Error; onRetry: () => void }) {
  const { code, requestId } = error as Partial<EcsError>;
  const text =
    code === 'role_missing'
      ? 'It is not for your roles.'
      : sentenceOfFault(error) || 'Nothing more is known.';
  return (
    <div class="failed" role="alert">
      <p>
        <strong>Could not load {what}.</strong> {text}
      </p>
      {requestId && !isUnanswered(error) && (
        <p class="hint">
          Request <code>{requestId}</code>
        </p>
      )}
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** Why the last request by a button or a form failed; read aloud when it comes. */
export function Fault({ of: sentence }: { of: string | null }) {
  return (
    <p role="alert" class="fault">
      {sentence}
    </p>
  );
}
