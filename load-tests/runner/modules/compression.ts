import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

const COMPRESSIONS: Record<string, (data: Uint8Array) => Uint8Array> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};

/** Compresses a body by the names in `params.compression`, one after the other. Throws for another name. */
export function compress(body: string | Uint8Array, names: string[]): Uint8Array {
  let data = typeof body === 'string' ? Buffer.from(body) : body;
  for (const name of names) {
    const compression = COMPRESSIONS[name];
    if (!compression) throw new Error(`unknown compression algorithm ${name}`);
    data = compression(data);
  }
  return Uint8Array.from(data);
}
