import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { EcsError } from '../../../../sdk/core/errors.ts';
import { client } from '../shell/client.ts';
import { textOf } from '../ui/dialog.tsx';
import { endSessionIfOver } from '../ui/use-load.ts';

const ID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Finds a customer by the e-mail address or by any id. */
export default function CustomerSearch() {
  const [, open] = useLocation();
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const search = async (event: SubmitEvent) => {
    event.preventDefault();
    const text = textOf(new FormData(event.currentTarget as HTMLFormElement), 'search');
    setIsBusy(true);
    setFault(null);
    try {
      const { user_id: id } = await find(text);
      open(`/customers/${id}`);
    } catch (error) {
      endSessionIfOver(error);
      setFault(sentenceOf(error as Partial<EcsError> & Error, text));
    }
    setIsBusy(false);
  };
  return (
    <section>
      <h1>Customers</h1>
      <p class="lead">Each look at a customer is an act of the audit log.</p>
      <form class="filters" onSubmit={(event) => void search(event)}>
        <label>
          E-mail, or any id
          <input name="search" type="search" required maxLength={254} size={40} autocomplete="off" />
        </label>
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? 'Searching' : 'Search'}
        </button>
      </form>
      <p class="hint">
        The id of the customer, of an event, an analysis, an offer, a review or a notification.
      </p>
      <p role="alert" class="fault">
        {fault}
      </p>
    </section>
  );
}

/** An id may come without its dashes, as a trace id does. */
function find(text: string) {
  if (!ID.test(text)) return client.customers.find(text);
  const hex = text.replaceAll('-', '').toLowerCase();
  return client.customers.findById(hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'));
}

function sentenceOf({ code, message }: Partial<EcsError> & Error, text: string): string {
  if (code === 'user_not_found') return `No customer has ${ID.test(text) ? 'this id' : 'this e-mail'}.`;
  return message;
}
