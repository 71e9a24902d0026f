import * as zlib from 'node:zlib';
import { SocketError } from './tcp.ts';

const DECODERS: Record<string, (bytes: Buffer) => Uint8Array> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: (bytes) => (hasZlibHead(bytes) ? zlib.inflateSync(bytes) : zlib.inflateRawSync(bytes)),
  br: zlib.brotliDecompressSync,
  zstd: zlib.zstdDecompressSync,
};

/** Decodes a body as fetch does: by one coding alone. Throws a SocketError when it is not in that coding. */
export function decodeBody(body: Buffer, coding: string | undefined): Uint8Array {
  const decoder = coding === undefined || body.length === 0 ? undefined : DECODERS[coding.toLowerCase()];
  if (!decoder) return body;
  try {
    return decoder(body);
  } catch {
    throw new SocketError('ZlibError');
  }
}

/** Servers send `deflate` with and without it. */
const hasZlibHead = ([first = 0, second = 0]: Buffer) =>
  (first & 15) === 8 && ((first << 8) | second) % 31 === 0;

/** Bytes behind the last member are ignored, which Node's own call does not. */
function gunzip(bytes: Buffer): Buffer {
  try {
    return zlib.gunzipSync(bytes);
  } catch (error) {
    const members: Buffer[] = [];
    for (let rest = bytes; rest[0] === 0x1f && rest[1] === 0x8b; ) {
      const from = endOfGzipHead(rest);
      const { buffer, engine } = zlib.inflateRawSync(rest.subarray(from), {
        info: true,
      }) as unknown as Inflated;
      const end = from + engine.bytesWritten;
      if (zlib.crc32(buffer) !== rest.readUInt32LE(end)) throw error;
      members.push(buffer);
      rest = rest.subarray(end + 8);
    }
    if (members.length === 0) throw error;
    return Buffer.concat(members);
  }
}

interface Inflated {
  buffer: Buffer;
  /** It has taken so many bytes. */
  engine: { bytesWritten: number };
}

/** Fixed fields, then those of the flags: extra bytes, a name, a comment, a checksum of the head. */
function endOfGzipHead(bytes: Buffer): number {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + bytes.readUInt16LE(at);
  if ((flags & 8) !== 0) at = bytes.indexOf(0, at) + 1;
  if ((flags & 16) !== 0) at = bytes.indexOf(0, at) + 1;
  return (flags & 2) === 0 ? at : at + 2;
}
