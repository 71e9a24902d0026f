import { Value } from '@sinclair/typebox/value';
import type { Bus } from '../../platform/messaging/bus.ts';
import { orNull } from '../../platform/messaging/broker-errors.ts';
import { readStream } from '../../platform/messaging/read-stream.ts';
import { AuditAnchorMessage } from '../../platform/messaging/audit-topics.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { readWhole } from '../ui/read-small.ts';

export type ChainName = 'decisions' | 'acts';

/** An anchor with the place where it was kept. */
export type KeptAnchor = AuditAnchorMessage & { from: string };

/** A link that differs from one that was kept elsewhere. */
export interface AnchorFault {
  chain: ChainName;
  position: number;
  /** Null: the chain ends before it. */
  stored: string | null;
  anchored: string;
  at: string;
  from: string;
}

/** Reads the anchors that the broker keeps; none where it has no such stream. */
export async function readStreamAnchors(bus: Bus): Promise<KeptAnchor[]> {
  const { stream } = TOPICS.auditAnchors;
  const anchors: KeptAnchor[] = [];
  await orNull(() =>
    readStream(bus, stream, {}, ({ sequence, data }) => {
      anchors.push(parseAnchor(new TextDecoder().decode(data), `stream ${stream}, message ${sequence}`));
      return true;
    }),
  );
  return anchors;
}

/** Reads anchors, one per line. Throws a CliError that names the file, or the line that holds no anchor. */
export function readAnchorFile(file: string): KeptAnchor[] {
  return readWhole(file)
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [parseAnchor(line, `${file}, line ${index + 1}`)]));
}

/** Compares the links of a chain with the anchors of it, in any order. */
export function createAnchorCheck(chain: ChainName, anchors: KeptAnchor[]) {
  const byPosition = new Map<number, { link: string; at: string; from: string }[]>();
  for (const { at, from, [chain]: head } of anchors) {
    if (head.position > 0) {
      byPosition.set(head.position, [...(byPosition.get(head.position) ?? []), { ...head, at, from }]);
    }
  }
  const faultsAt = (position: number, stored: string | null): AnchorFault[] =>
    (byPosition.get(position) ?? [])
      .filter(({ link }) => link !== stored)
      .map(({ link, at, from }) => ({ chain, position, stored, anchored: link, at, from }));
  return {
    seen: ({ position, link }: { position: number; link: string }) => faultsAt(position, link),
    /** The anchors beyond the last link. */
    end: (head: { position: number }) =>
      [...byPosition.keys()]
        .filter((position) => position > head.position)
        .toSorted((a, b) => a - b)
        .flatMap((position) => faultsAt(position, null)),
  };
}

function parseAnchor(text: string, from: string): KeptAnchor {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (Value.Check(AuditAnchorMessage, value)) return { ...value, from };
  throw new CliError(
    `${from}: is no anchor`,
    EXIT.failed,
    'one JSON object per line, as AUDIT_ANCHOR_FILE has',
  );
}
