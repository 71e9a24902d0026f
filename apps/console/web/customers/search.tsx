import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { EcsError } from '../../../../sdk/core/errors.ts';
import { client } from '../shell/client.ts';
import { sentenceOfFault } from '../ui/act-fault.ts';
import { Fault } from '../ui/states.tsx';
import { useTask } from '../ui/use-task.ts';

const ID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Finds a customer by the e-mail address or by any id. */
export default function CustomerSearch() {
  const [, open] = useLocation();
  const [typed, setTyped] = useState('');
  const text = typed.trim();
  const { isBusy, fault, run } = useTask((error) => sentenceOf(error, text));
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    run(
      (signal) => find(text, signal),
      ({ user_id: id }) => open(`/customers/${id}`),
    );
  };
  return (
    <section>
      <h1>Customers</h1>
      <p class="lead">Each look at a customer is an act of the audit log.</p>
      <form class="filters" onSubmit={search}>
        <label>
          E-mail, or any id
          <input
            name="search"
            type="search"
            required
            maxLength={254}
            size={40}
            autocomplete="off"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" aria-disabled={isBusy}>
          {isBusy ? 'Searching' : 'Search'}
        </button>
      </form>
      <p class="hint">
        The id of the customer, of an event, an analysis, an offer, a review or a notification.
      </p>
      <Fault of={fault} />
    </section>
  );
}

/** An id may come without its dashes, as a trace id does. */
function find(text: string, signal: AbortSignal) {
  if (!ID.test(text)) return client.customers.find(text, { signal });
  const hex = text.replaceAll('-', '').toLowerCase();
  return client.customers.findById(hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'), {
    signal,
  });
}

function sentenceOf(error: Error & Partial<EcsError>, text: string): string {
  if (error.code === 'user_not_found') return `No customer has ${ID.test(text) ? 'this id' : 'this e-mail'}.`;
  return sentenceOfFault(error);
}
