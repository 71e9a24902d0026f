import { useState } from 'preact/hooks';
import type { ChainFault, ChainVerification } from '../../../../sdk/contracts/operator-audit.ts';
import { client } from '../shell/client.ts';
import { formatNumber } from '../ui/format.ts';
import { Fault } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { ChainWatches } from './chain-watch.tsx';
import { useTask } from '../ui/use-task.ts';

type ChainName = ChainVerification['chain'];

interface Progress {
  chain: ChainName;
  checked: number;
  head: number;
  link: string | null;
  faults: ChainFault[];
  isOver: boolean;
}

/** Faults beyond these are counted and not shown. */
const FAULTS_SHOWN = 100;
const LINKS_AT_ONCE = 500;

/** Goes through both chains, page by page, and names each row that does not fit. */
export function Verification() {
  const [chains, setChains] = useState<Progress[]>([]);
  const { isBusy, fault, run, stop } = useTask();
  const verify = async (signal: AbortSignal) => {
    const done: Progress[] = [];
    for (const chain of ['acts', 'decisions'] as const) {
      const finished = await verifyWhole(chain, signal, (progress) => setChains([...done, progress]));
      done.push(finished);
    }
    return done;
  };
  return (
    <>
      <h2>Verification</h2>
      <p>
        Each row has a hash, and each hash is linked to the one before it: a change of any row breaks its
        link. Decisions are made again from their records. That the end of a chain was not cut off, only its
        anchors prove: <code>ecs audit verify</code>.
      </p>
      <ChainWatches />
      <div class="buttons">
        <button type="button" class="primary" aria-disabled={isBusy} onClick={() => run(verify, setChains)}>
          Verify both chains
        </button>
        {isBusy && (
          <button type="button" onClick={stop}>
            Stop
          </button>
        )}
      </div>
      <div role="status">
        {chains.map((progress) => (
          <Result key={progress.chain} progress={progress} />
        ))}
      </div>
      <Fault of={fault} />
    </>
  );
}

async function verifyWhole(
  chain: ChainName,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Progress> {
  const progress: Progress = { chain, checked: 0, head: 0, link: null, faults: [], isOver: false };
  for (let after: number | null = 0; after !== null; ) {
    const page: ChainVerification = await client.audit.verify(
      chain,
      { after, limit: LINKS_AT_ONCE },
      { signal },
    );
    progress.checked += page.checked;
    progress.head = page.head;
    progress.link = page.link ?? progress.link;
    progress.faults = [...progress.faults, ...page.faults];
    after = page.next_after;
    progress.isOver = after === null;
    onProgress({ ...progress });
  }
  return progress;
}

function Result({ progress: { chain, checked, head, link, faults, isOver } }: { progress: Progress }) {
  const state = faults.length > 0 ? 'bad' : isOver ? 'good' : '';
  return (
    <>
      <p>
        <span class={`tag ${state}`}>
          {faults.length > 0 ? `${formatNumber(faults.length)} faults` : isOver ? 'whole' : 'so far whole'}
        </span>{' '}
        Chain of {chain}: {formatNumber(checked)} of {formatNumber(head)} links
        {link && (
          <>
            , the last is <code title={link}>{link.slice(0, 16)}…</code>
          </>
        )}
      </p>
      {faults.length > 0 && (
        <Table
          caption={`The first ${FAULTS_SHOWN} faults at most`}
          rows={faults.slice(0, FAULTS_SHOWN)}
          keyOf={({ id, path }) => `${id} ${path}`}
          columns={[
            { title: 'Position', isNumber: true, cell: ({ position }) => formatNumber(position) },
            { title: 'Id', cell: ({ id }) => id },
            { title: 'Place', cell: ({ path }) => path || 'the row was deleted' },
          ]}
        />
      )}
    </>
  );
}
