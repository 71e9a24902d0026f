import type { ChainWatch } from '../../../../sdk/contracts/operator-audit.ts';
import { client } from '../shell/client.ts';
import { formatNumber, formatTime } from '../ui/format.ts';
import { Loaded } from '../ui/states.tsx';
import { useLoad } from '../ui/use-load.ts';

/** Shows how far the chains are verified in the background. */
export function ChainWatches() {
  const watches = useLoad(() => client.audit.chains(), []);
  return (
    <Loaded
      of={watches}
      what="the verification in the background"
      isEmpty={({ items }) => items.length === 0}
      empty="The service back-office has not begun to verify the chains. Is it running?"
    >
      {({ items }) => (
        <>
          {items.map((watch) => (
            <Watch key={watch.chain} of={watch} />
          ))}
        </>
      )}
    </Loaded>
  );
}

function Watch({
  of: { chain, fault_position: fault, position, head, completed_at: at },
}: {
  of: ChainWatch;
}) {
  return (
    <p>
      <span class={`tag ${fault === null ? 'good' : 'bad'}`}>{fault === null ? 'whole' : 'broken'}</span> In
      the background, {chain}: {fault !== null && `the first fault is at position ${formatNumber(fault)}; `}
      {at === null ? 'not yet verified to the end' : `verified to the end at ${formatTime(at)}`}
      {position > 0 && `, now at ${formatNumber(position)} of ${formatNumber(head)} links`}.
    </p>
  );
}
