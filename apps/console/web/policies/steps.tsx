import { useState } from 'preact/hooks';
import type { PolicyChange, PolicyDetails, PolicyLine } from '../../../../sdk/contracts/operator-policies.ts';
import { client } from '../shell/client.ts';
import { hasRole, isOwnName } from '../shell/session.ts';
import { ActDialog, textOf, WordsField } from '../ui/dialog.tsx';
import { namePlaces } from '../ui/outcome.tsx';

type Act = 'propose' | 'approve' | 'activate' | 'rollBack';

/** The next steps of a policy, and the way back, for the operators whose they are. */
export function Steps(props: { policy: PolicyDetails; all: readonly PolicyLine[]; onDone(): void }) {
  const { policy, all, onDone } = props;
  const [act, setAct] = useState<Act | null>(null);
  const { state, version } = policy;
  const proposer = policy.steps.findLast((step) => step.act === 'propose')?.actor;
  const isOwn = isOwnName(proposer);
  const canApprove = hasRole(['approver']);
  const isActivatable =
    ['approved', 'active', 'retired'].includes(state) &&
    placesOf(policy).some((place) => !policy.active.includes(place));
  return (
    <>
      <div class="buttons">
        {state === 'tested' && hasRole(['risk']) && (
          <button type="button" onClick={() => setAct('propose')}>
            Propose
          </button>
        )}
        {state === 'proposed' && canApprove && (
          <button type="button" onClick={() => setAct('approve')}>
            Approve
          </button>
        )}
        {isActivatable && canApprove && (
          <button type="button" onClick={() => setAct('activate')}>
            Activate
          </button>
        )}
        {state === 'active' && canApprove && (
          <button type="button" onClick={() => setAct('rollBack')}>
            Roll back
          </button>
        )}
      </div>
      {state === 'draft' && <p class="hint">A draft is proposed after a backtest that is kept.</p>}
      {state === 'proposed' && isOwn && (
        <p class="hint">You proposed it: another operator must approve it (four eyes).</p>
      )}
      {act && (
        <ActDialog
          title={`${DIALOGS[act].act} ${version}`}
          act={DIALOGS[act].act}
          onAct={(fields) => DIALOGS[act].run(policy, textOf(fields, 'note'), all)}
          onChanged={onDone}
          onClose={() => setAct(null)}
        >
          <p>{DIALOGS[act].text(policy, all)}</p>
          <WordsField name="note" label="Why" lengthMax={1000} />
        </ActDialog>
      )}
    </>
  );
}

const placesOf = ({ document }: PolicyDetails): string[] =>
  (document as { jurisdictions: string[] }).jurisdictions;

/** The policies that are active in the places of a policy, as its page shows them. */
const replacedBy = (policy: PolicyDetails, all: readonly PolicyLine[]): PolicyChange[] =>
  placesOf(policy).map((jurisdiction) => ({
    jurisdiction,
    version: all.find(({ active }) => active.includes(jurisdiction))?.version ?? null,
  }));

function textOfReplaced(policy: PolicyDetails, all: readonly PolicyLine[]): string {
  const replaced = replacedBy(policy, all).filter(({ version }) => version !== policy.version);
  const places = replaced.map(({ jurisdiction, version }) => {
    const name = namePlaces([jurisdiction]);
    return version === null ? `${name} has no policy of its own yet` : `${version} decides for ${name} now`;
  });
  return places.length === 0 ? '' : ` ${places.join('; ')}.`;
}

const DIALOGS: Record<
  Act,
  {
    act: string;
    text(policy: PolicyDetails, all: readonly PolicyLine[]): string;
    run(policy: PolicyDetails, note: string, all: readonly PolicyLine[]): Promise<unknown>;
  }
> = {
  propose: {
    act: 'Propose',
    text: () => 'Another operator, with the role approver, has to approve it before it can decide.',
    run: ({ version }, note) => client.policies.propose(version, note),
  },
  approve: {
    act: 'Approve',
    text: () => 'It can be activated then. Who proposed it cannot approve it.',
    run: ({ version }, note) => client.policies.approve(version, note),
  },
  activate: {
    act: 'Activate',
    text: (policy, all) =>
      `It decides for ${namePlaces(placesOf(policy))} on every replica, within a second.` +
      textOfReplaced(policy, all),
    run: (policy, note, all) =>
      client.policies.activate(policy.version, { note, replaces: replacedBy(policy, all) }),
  },
  rollBack: {
    act: 'Roll back',
    text: ({ version, active }) =>
      `${version} is taken back for ${namePlaces(active)}: the policies before it decide on every ` +
      'replica, within a second. Decisions that were made stay as they are.',
    run: ({ version }, note) => client.policies.rollBack({ version, note }),
  },
};
