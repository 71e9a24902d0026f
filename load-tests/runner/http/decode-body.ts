import * as zlib from 'node:zlib';
import type { RequestSpec } from '../protocol/requests.ts';
import { RequestError } from './http-errors.ts';

type Decoder = (bytes: Uint8Array) => Buffer;

/** By the names that k6 knows; bodies of other codings stay as they are. */
const DECODERS: Record<string, Decoder> = {
  gzip: zlib.gunzipSync,
  deflate: zlib.inflateSync,
  br: zlib.brotliDecompressSync,
  zstd: zlib.zstdDecompressSync,
};

const ERROR = { unexpectedEnd: 1000, decompression: 1701 };

/**
 * Decodes a body by all of its codings, the last first. One that the script does not read, or that a response
 * cannot have, is left alone. Throws a RequestError when it is not in its coding.
 */
export function decodeBody(
  body: Uint8Array,
  { method, responseType }: Pick<RequestSpec, 'method' | 'responseType'>,
  { status, coding }: { status: number; coding: string | undefined },
): Uint8Array {
  if (coding === undefined || responseType === 'none') return body;
  if (method === 'HEAD' || status === 204 || status === 304) return body;
  const decoders = coding.split(',').flatMap((name) => DECODERS[name.trim()] ?? []);
  return decoders.reduceRight(decode, body);
}

function decode(bytes: Uint8Array, decoder: Decoder): Uint8Array {
  // These two begin with bytes of their own, which nothing has not.
  const hasHead = decoder === DECODERS.gzip || decoder === DECODERS.deflate;
  if (bytes.length === 0 && !hasHead) return bytes;
  try {
    return decoder(bytes);
  } catch (error) {
    const isCutOff = bytes.length > 0 && (error as { code?: string }).code === 'Z_BUF_ERROR';
    if (isCutOff) throw new RequestError('unexpected EOF', ERROR.unexpectedEnd);
    throw new RequestError('error decompressing response body', ERROR.decompression);
  }
}
