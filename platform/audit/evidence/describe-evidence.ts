import type { Restore } from '../restores.ts';
import type { Anchor } from '../start-anchors.ts';
import { ACTS_MAX, type EvidenceAct, type EvidenceDecision } from './evidence-store.ts';

/** Returns the README of a bundle: content, proof, and the way to check it. */
export function describeEvidence(evidence: {
  id: string;
  decision: EvidenceDecision | null;
  denial: EvidenceDecision | null;
  acts: EvidenceAct[];
  anchors: Anchor[];
  restores: Restore[];
  madeAt: Date;
}): string {
  const { id, decision, denial, acts, anchors, restores, madeAt } = evidence;
  const contents = `${decision ? contentOf(decision) : ''}${denial ? contentOfDenial(denial) : ''}`;
  return `# Evidence of ${id}

Made ${madeAt.toISOString()}. It has personal data: keep it like any other.

Check it with Node.js 18 or later, without a network:

    node verify.mjs

It prints \`valid\`, or each file that was changed and each thing that does not fit, and then its exit
code is 1.

## Content
${contents}- \`acts.json\`: ${acts.length} acts on it, the oldest first:
  who, when, what, why. Where there are more than ${ACTS_MAX}, requests of operators are left out.
- \`chain-decisions.json\`, \`chain-acts.json\`: links of the two chains of hashes, from each of these rows
  to the next anchor. A link is the SHA-256 of the link before, of a row's hash, and of its seal where it
  has one. Rows of others are there by their hash.
- \`anchors.json\`: ${anchors.length} heads of the chains, as they were kept outside of the database at
  their time.
${restores.map(lineOfRestore).join('')}- \`manifest.json\`: the SHA-256 of each file.

## What it proves
- The record is the one that was linked when it was made: whoever changes it later has to change every link
  after it, and the anchors that others keep.
- Anchors of your own, one JSON object per line: \`node verify.mjs --anchors FILE\`. Those in this bundle
  prove as much as their keeper: compare at least one with a copy that we cannot have written.
- The decision follows from the record and the policy: \`ecs decisions replay\`, of the published source,
  computes it again.

## If it does not fit

\`NOT VALID\` names each place. Where a file was changed, this copy is not the one that was made: ask for
another. Where an anchor has another link, the chain was changed, cut or made anew after that anchor, or the
database was restored from a backup, which loses what came after it. A restore is an act
\`database.restore\` in \`acts.json\`, by a named person, with the time that was lost: anchors of that
time are told apart, and are no faults. Nothing in a bundle can prove that there was a restore and no intent:
ask that person for the reason and the backup. Where no such act is in it, nobody has said that there was one.

Hashes are over canonical JSON (RFC 8785). What can be erased of a customer is in them by a salted hash, so a
row without its customer still has its hash.
`;
}

function lineOfRestore({ id, at, operator, lostFrom, lostUntil }: Restore): string {
  return `- Not here: anchors from ${lostFrom} to ${lostUntil}. ${operator} has entered at ${at}
  that a restore of the database has lost what they are of (act ${id} in \`acts.json\`).
`;
}

function contentOf({ row, policyVersion }: EvidenceDecision): string {
  const place = row.position === null ? ', which was not linked yet' : `, linked at position ${row.position}`;
  return `- \`record.json\`: the record of the decision ${row.analysis_id}: all that it was made of,
  and its outcome.
- \`row.json\`: its row${place}, with the reasons in words.
- \`policy.json\`: the document of the policy ${policyVersion}, by which it was made.
`;
}

function contentOfDenial({ row }: EvidenceDecision): string {
  return `- \`denial-record.json\`, \`denial-row.json\`: the same of the denial ${row.analysis_id}, in the
  place of which an operator decided, on its facts.
`;
}
