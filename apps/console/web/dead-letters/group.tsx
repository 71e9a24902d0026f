import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { DeadLetterPreview } from '../../../../sdk/contracts/operator-dead-letters.ts';
import type { Parameters } from '../page.ts';
import { client } from '../shell/client.ts';
import { hasRole } from '../shell/session.ts';
import { formatNumber } from '../ui/format.ts';
import { Pager, usePages } from '../ui/pager.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { DropDialog, ReplayDialog } from './act.tsx';
import { Payload } from './payload.tsx';
import { Words } from '../ui/texts.tsx';

const OUTCOMES: Record<DeadLetterPreview['outcome'], { title: string; tone: string }> = {
  stored: { title: 'would be stored', tone: 'good' },
  id_stored: { title: 'its id is stored', tone: 'warn' },
  rejected: { title: 'would be rejected again', tone: 'bad' },
  dropped: { title: 'would be dropped: no consent', tone: 'bad' },
  sent: { title: 'would be sent; its worker decides', tone: '' },
};

/** The dead letters of one stream with one cause: what a replay would do, and the acts on them. */
export default function DeadLetterGroup({ stream = '', code = '' }: Parameters) {
  const [done, setDone] = useState<string | null>(null);
  const pages = usePages();
  const { cursor } = pages;
  const previews = useLoad(async () => {
    const page = await client.deadLetters.preview({ stream, code, ...(cursor ? { cursor } : {}) });
    return { ...page, cursor };
  }, [stream, code, cursor]);
  const finish = (text: string | null) => {
    setDone(text);
    previews.reload();
  };
  return (
    <section>
      <p>
        <Link href="/dead-letters">Dead letters</Link>
      </p>
      <h1>
        {code} of {stream}
      </h1>
      <p class="lead">
        The oldest first, up to 500 on a page, as they would fare if they were sent again now. Nothing is sent
        by looking.
      </p>
      <p role="status">{done}</p>
      <Loaded of={previews} what="the preview">
        {({ items, next_cursor: next, cursor: of }) => (
          <>
            {items.length === 0 && <Nothing isFirst={of === undefined} />}
            {next !== null && (
              <p class="hint">
                There are more than the {formatNumber(items.length)} below: <em>Later</em> shows the next.
              </p>
            )}
            <Pager pages={pages} next={next} backLabel="Earlier" onLabel="Later" />
            <Selection key={of} items={items} onDone={finish} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Nothing({ isFirst }: { isFirst: boolean }) {
  return (
    <p class="empty" role="status">
      {isFirst
        ? 'There is none any more. They were replayed, or dropped: '
        : 'None is left on this page. Earlier has those before: '}
      <Link href="/dead-letters">Dead letters</Link> lists the dropped ones.
    </p>
  );
}

/** An act, on those that were chosen as it was asked for, whatever has come or gone since. */
interface Asked {
  act: 'replay' | 'drop';
  chosen: DeadLetterPreview[];
}

const idsIn = (items: DeadLetterPreview[]): ReadonlySet<string> => new Set(items.map(({ id }) => id));

function Selection(props: { items: DeadLetterPreview[]; onDone: (text: string | null) => void }) {
  const { items, onDone } = props;
  // All at first; what comes later is chosen by nobody.
  const [chosenIds, setChosenIds] = useState(() => idsIn(items));
  const [asked, setAsked] = useState<Asked | null>(null);
  const mayAct = hasRole(['operator']);
  const chosen = items.filter(({ id }) => chosenIds.has(id));
  const toggle = (id: string) => {
    const next = new Set(chosenIds);
    if (!next.delete(id)) next.add(id);
    setChosenIds(next);
  };
  const dialog = asked && { chosen: asked.chosen, onDone, onClose: () => setAsked(null) };
  return (
    <>
      <Counts items={items} />
      {mayAct && items.length > 0 && (
        <div class="buttons">
          {/* To choose comes first: the keyboard goes on to the acts, not past every letter. */}
          <button
            type="button"
            onClick={() => setChosenIds(idsIn(items.filter(({ outcome }) => outcome === 'stored')))}
          >
            Choose those that would be stored
          </button>
          <button type="button" onClick={() => setChosenIds(idsIn(items))}>
            Choose all
          </button>
          <button
            type="button"
            disabled={chosen.length === 0}
            onClick={() => setAsked({ act: 'replay', chosen })}
          >
            Replay {formatNumber(chosen.length)}
          </button>
          <button
            type="button"
            disabled={chosen.length === 0}
            onClick={() => setAsked({ act: 'drop', chosen })}
          >
            Drop {formatNumber(chosen.length)}
          </button>
        </div>
      )}
      {items.length > 0 && <Letters items={items} chosen={chosenIds} onToggle={mayAct ? toggle : null} />}
      {dialog && asked.act === 'replay' && <ReplayDialog {...dialog} />}
      {dialog && asked.act === 'drop' && <DropDialog {...dialog} />}
    </>
  );
}

function Letters(props: {
  items: DeadLetterPreview[];
  chosen: ReadonlySet<string>;
  /** Null for those who may not act. */
  onToggle: ((id: string) => void) | null;
}) {
  const { items, chosen, onToggle } = props;
  const choose = {
    title: 'Chosen',
    cell: ({ id }: DeadLetterPreview) => (
      <input
        type="checkbox"
        aria-label={`Choose ${id}`}
        checked={chosen.has(id)}
        onChange={() => onToggle?.(id)}
      />
    ),
  };
  return (
    <Table
      caption="Dead letters, the oldest first"
      rows={items}
      keyOf={({ id }) => id}
      columns={[
        ...(onToggle ? [choose] : []),
        { title: 'Number', cell: ({ id }) => id },
        {
          title: 'A replay now',
          cell: ({ outcome, reason }) => (
            <>
              <span class={`tag ${OUTCOMES[outcome].tone}`}>{OUTCOMES[outcome].title}</span>
              {reason && (
                <div class="hint">
                  <Words of={reason} />
                </div>
              )}
            </>
          ),
        },
        { title: 'Payload', cell: (letter) => <Payload letter={letter} /> },
      ]}
    />
  );
}

function Counts({ items }: { items: DeadLetterPreview[] }) {
  const counts = Object.entries(OUTCOMES)
    .map(([outcome, { title }]) => [title, items.filter((item) => item.outcome === outcome).length] as const)
    .filter(([, count]) => count > 0);
  return (
    <dl class="facts">
      {counts.map(([title, count]) => (
        <>
          <dt>{title}</dt>
          <dd>{formatNumber(count)}</dd>
        </>
      ))}
    </dl>
  );
}
