import { useState } from 'preact/hooks';
import type { TimelineEntry } from '../../../../sdk/contracts/operator-customers.ts';
import { client } from '../shell/client.ts';
import { formatTime } from '../ui/format.ts';
import { Loaded } from '../ui/states.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Words } from '../ui/texts.tsx';

const LIMIT_MAX = 500;

/** What happened to a customer, newest first, as `ecs trace` tells it. */
export function Timeline({ id }: { id: string }) {
  const [limit, setLimit] = useState(20);
  const timeline = useLoad(() => client.customers.timeline(id, { limit }), [id, limit]);
  return (
    <Loaded of={timeline} what="the timeline">
      {({ items, notes }) => (
        <>
          <ol class="timeline">
            {items.map((item, index) => (
              <Entry key={`${item.at} ${item.text} ${index}`} item={item} />
            ))}
          </ol>
          {notes.map((note) => (
            <p key={note} class="hint">
              {note}
            </p>
          ))}
          {limit < LIMIT_MAX && notes.some((note) => note.endsWith('ask for more')) && (
            <button type="button" onClick={() => setLimit(Math.min(LIMIT_MAX, limit * 5))}>
              Show more
            </button>
          )}
        </>
      )}
    </Loaded>
  );
}

function Entry({ item: { at, place, text } }: { item: TimelineEntry }) {
  return (
    <li>
      {at === null ? <span>not yet</span> : <time dateTime={at}>{formatTime(at)}</time>}
      <span class="unit">{place}</span>
      <span class="text">
        <Words of={text} />
      </span>
    </li>
  );
}
