import { type Endpoint, NDJSON_TYPE } from '../contracts/endpoint.ts';
import { linesOfArray } from '../contracts/events/event-batch.ts';
import { isUtf8 } from '../contracts/request-headers.ts';
import { type ApiProblem, problem } from './problems.ts';

/** Returns the text of a body of the endpoint's type, decompressed; the limit counts decoded bytes. */
export async function readText(request: Request, body: NonNullable<Endpoint['body']>): Promise<string> {
  const coming = new Uint8Array(await request.arrayBuffer());
  const contentType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const isEmpty = coming.byteLength === 0;
  const mayBeAbsent = isEmpty && (body.optional || !contentType);
  const isArray = body.contentType === NDJSON_TYPE && contentType === 'application/json';
  if (!mayBeAbsent && !isArray && contentType !== body.contentType) {
    throw problem('unsupported_media_type', { detail: `The body must be ${body.contentType}.` });
  }
  if (!mayBeAbsent && !isUtf8(request.headers.get('content-type'))) {
    throw problem('unsupported_media_type', { detail: 'The body must be UTF-8.' });
  }
  const isEncoded = isGzipped(request) && !isEmpty;
  const bytes = isEncoded ? await decompress(coming, body.bytesMax) : coming;
  if (bytes.byteLength > body.bytesMax) throw tooLarge(body.bytesMax);
  const text = decode(bytes);
  if (isArray) return toLines(text);
  if (text === '' && !body.optional) throw problem('malformed_body', { detail: 'The body is empty.' });
  return text;
}

/** A batch may come as a JSON array. */
function toLines(text: string): string {
  try {
    const lines = linesOfArray(text);
    if (typeof lines === 'string') return lines;
    throw problem('invalid_request', { errors: [lines] });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw problem('malformed_body', { detail: 'The body is not valid JSON.' });
  }
}

function tooLarge(bytesMax: number): ApiProblem {
  return problem('content_too_large', { detail: `The body is larger than ${bytesMax} bytes.` });
}

function isGzipped(request: Request): boolean {
  const encodings = (request.headers.get('content-encoding') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const [name, ...surplus] = encodings;
  if (name === undefined) return false;
  if (surplus.length === 0 && (name === 'gzip' || name === 'x-gzip')) return true;
  throw problem('unsupported_content_encoding', { headers: { 'accept-encoding': 'gzip' } });
}

async function decompress(bytes: Uint8Array<ArrayBuffer>, bytesMax: number): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = (stream as ReadableStream<Uint8Array>).getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      size += piece.value.byteLength;
      if (size > bytesMax) break;
      pieces.push(piece.value);
    }
  } catch {
    throw problem('malformed_body', { detail: 'The body is not valid gzip.' });
  }
  if (size > bytesMax) {
    await reader.cancel().catch(() => {});
    throw tooLarge(bytesMax);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw problem('malformed_body', { detail: 'The body is not valid UTF-8.' });
  }
}
