import { hashOfAct, privateHashOfAct } from './act-hash.ts';
import type { CheckedAct } from './linked-act-store.ts';

/** A place where an act differs from the one that its hash proves. */
interface ActFault {
  /** Of the act. */
  rowId: string;
  path: string;
  stored: unknown;
  computed: unknown;
}

/** Returns the places of an act that do not follow from its row. */
export function faultsOfAct(act: CheckedAct): ActFault[] {
  const findings: ActFault[] = [];
  const add = (path: string, stored: unknown, computed: unknown) =>
    findings.push({ rowId: act.id, path, stored, computed });
  const hash = hashOfAct(act);
  if (hash !== act.record_hash) add('/record_hash', act.record_hash, hash);
  if (!isByService(act)) add('/written_by', act.written_by, 'a service of ECS, or a command of its owner');
  const { customer_id, reason, erased_by } = act;
  const privateHash = privateHashOfAct(act);
  if (privateHash !== null) {
    if (privateHash !== act.private_hash) add('/private_hash', act.private_hash, privateHash);
    if (erased_by !== null) add('/erased_by', erased_by, null);
  } else if (!act.is_erasure || customer_id !== null || reason !== null) {
    add('/salt', null, 'a salt: no erasure took it');
  }
  return findings;
}

const SERVICES = ['credit', 'back-office', 'privacy'];

/**
 * Whether a service, or a command of `ecs`, wrote the act of an operator, a customer or the system. Plain SQL
 * is an act of a user of the database, and says so.
 */
function isByService({ actor_kind, written_by }: CheckedAct): boolean {
  if (actor_kind === 'database' || written_by === null) return true;
  const program = written_by.slice(written_by.indexOf(' ') + 1);
  return SERVICES.includes(program) || program.startsWith('ecs ');
}
