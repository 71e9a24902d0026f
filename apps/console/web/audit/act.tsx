import { Link } from 'wouter-preact';
import type { AuditAct } from '../../../../sdk/contracts/operator-audit.ts';
import type { Parameters } from '../page.ts';
import { client } from '../shell/client.ts';
import { formatTime } from '../ui/format.ts';
import { saveFile } from '../ui/save.ts';
import { Fault, Loaded } from '../ui/states.tsx';
import { useLoad } from '../ui/use-load.ts';
import { useTask } from '../ui/use-task.ts';
import { toTar } from './tar.ts';
import { Id, Preformatted, Words } from '../ui/texts.tsx';

/** An act with its hashes, and its evidence as a file. */
export default function Act({ id = '' }: Parameters) {
  const act = useLoad(() => client.audit.get(id), [id]);
  return (
    <section>
      <p>
        <Link href="/audit">Audit</Link>
      </p>
      <h1>
        Act <Id of={id} />
      </h1>
      <Loaded of={act} what="the act">
        {(value) => (
          <>
            <Facts act={value} />
            <h2>Details</h2>
            <Preformatted of={JSON.stringify(value.details, null, 2)} />
            <Evidence id={value.id} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Facts({ act }: { act: AuditAct }) {
  const facts: [string, string | null][] = [
    ['Act', act.act],
    ['Id', act.id],
    ['Time', formatTime(act.created_at)],
    ['Actor', act.actor === null ? act.actor_kind : `${act.actor} (${act.actor_kind})`],
    ['Subject', act.subject_id === null ? act.subject_kind : `${act.subject_kind} ${act.subject_id}`],
    ['Customer', act.customer_id],
    ['Reason', act.reason],
    ['Written by', act.written_by],
    ['Hash of the act', act.record_hash],
    ['Hash of customer and reason', act.private_hash],
    ['Erased by the act', act.erased_by],
  ];
  return (
    <dl class="facts">
      {facts.map(([title, text]) => (
        <>
          <dt>{title}</dt>
          <dd>
            <Words of={text} />
          </dd>
        </>
      ))}
    </dl>
  );
}

/** Saves the files that prove an act to anybody. */
function Evidence({ id }: { id: string }) {
  const { isBusy, fault, run } = useTask();
  const save = () =>
    run(
      (signal) => client.audit.evidence(id, { signal }),
      ({ files }) => {
        const archive = toTar(`evidence-${id}`, files);
        saveFile(`evidence-${id}.tar`, new Blob([archive], { type: 'application/x-tar' }));
      },
    );
  return (
    <>
      <h2>Evidence</h2>
      <p>
        A folder that proves the act without the system: <code>tar xf evidence-*.tar</code>, then{' '}
        <code>node evidence-*/verify.mjs</code>.
      </p>
      <button type="button" aria-disabled={isBusy} onClick={save}>
        Save the evidence
      </button>
      <Fault of={fault} />
    </>
  );
}
