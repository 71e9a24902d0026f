import type { JetStreamManager, StreamConfig } from 'nats';
import { apiCodeOf } from './broker-errors.ts';

/** Insufficient storage, insufficient resources, memory, an account's limit. */
const ROOM_CODES = new Set([10_047, 10_023, 10_028, 10_002]);
/** No peers for so many replicas, and no cluster at all. */
const REPLICA_CODES = new Set([10_005, 10_074]);

/** The broker will never accept the stream: one line says which, why and the setting to change. */
export class StreamRefusedError extends Error {
  override name = 'StreamRefusedError';
}

/** Makes or changes a stream. Throws a StreamRefusedError where the broker lacks room or servers. */
export async function withinRoom<T>(
  jsm: JetStreamManager,
  { name, max_bytes: bytes = 0, num_replicas: replicas = 1 }: Partial<StreamConfig>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = apiCodeOf(error);
    if (REPLICA_CODES.has(code)) {
      const sentence = `stream ${name} wants ${replicas} replicas, more than the broker has servers for`;
      throw new StreamRefusedError(`${sentence} (${code}): lower NATS_REPLICAS`, { cause: error });
    }
    if (!ROOM_CODES.has(code)) throw error;
    const room = await describeRoom(jsm).catch(() => 'less than that is left');
    const sentence = `stream ${name} wants ${mebibytes(bytes * replicas)} of the broker's disk, but ${room}`;
    throw new StreamRefusedError(`${sentence} (${code}): lower STREAM_BYTES_TOTAL, or give it more room`, {
      cause: error,
    });
  }
}

/** The bytes that are reserved already, and the account's limit where it has one. */
async function describeRoom(jsm: JetStreamManager): Promise<string> {
  const [{ limits }, streams] = await Promise.all([jsm.getAccountInfo(), jsm.streams.list().next()]);
  const reserved = streams
    .map(({ config }) => Math.max(0, config.max_bytes) * config.num_replicas)
    .reduce((sum, bytes) => sum + bytes, 0);
  const limit = limits.max_storage > 0 ? ` of its account's ${mebibytes(limits.max_storage)}` : '';
  return `other streams have ${mebibytes(reserved)}${limit} and less than that is left`;
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`;
