import { Link } from 'wouter-preact';
import type { FlowFinding } from '../../../../sdk/contracts/operator-flow.ts';
import { failureModePath } from '../failure-modes/anchor.ts';
import { causePathOf } from './cause.ts';

/** The style of a condition. */
export const classOf = { ok: 'good', warning: 'warn', fault: 'bad', unknown: '' } as const;

/** A finding in words, with the ways to its cause and to its remedy. */
export function Finding({ finding }: { finding: FlowFinding }) {
  const { severity, text, failure_mode: mode } = finding;
  const cause = causePathOf(finding);
  return (
    <>
      <span class={`tag ${classOf[severity]}`}>{severity}</span>{' '}
      {cause ? <Link href={cause}>{text}</Link> : text}
      {mode && (
        <>
          {' '}
          <Link href={failureModePath(mode)} title={mode}>
            what to do
          </Link>
        </>
      )}
    </>
  );
}
