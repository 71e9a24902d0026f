import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { ClientAddress } from './client-address.ts';
import { type AppError, problem, sharedProblem } from '../kernel/errors.ts';

/**
 * Reads the bodies of a listener's requests before anything else is held for them. A body that came with its
 * head is read in the same turn. A pending body is watched: it must keep coming, and only so many may be
 * pending, in total and for an address; the oldest yield to the newer ones, so that clients that send
 * nothing cannot keep out a client that sends.
 */
export interface BodyReader {
  /**
   * Returns the whole body, decoded; `bytesMax` counts decoded bytes, and neither a missing nor a lying
   * Content-Length makes it read more. Throws AppError 400, 408, 413 or 415.
   */
  read(request: Request, bytesMax: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Bodies that are waited for. */
  pending(): number;
}

export interface BodyLimits {
  /** The time between two polls of pending bodies; a body that comes within it is never counted. */
  pollMs: number;
  /** A body comes within the grace and the time that its bytes take at the least speed. */
  graceMs: number;
  bytesPerSecondMin: number;
  wholeMs: number;
  /** Waited for at once without progress, of everybody and of an address. */
  stalledMax: number;
  stalledPerAddressMax: number;
  /** Held of all that are waited for. */
  pendingBytesMax: number;
}

const LIMITS: BodyLimits = {
  pollMs: 250,
  graceMs: 3000,
  bytesPerSecondMin: 16 * 1024,
  wholeMs: 30_000,
  stalledMax: 4096,
  stalledPerAddressMax: 256,
  pendingBytesMax: 128 * 1024 * 1024,
};

/** A larger body is read piece by piece, so that its progress is seen; a smaller one is due by its size. */
const WHOLE_BYTES_MAX = 64 * 1024;

interface Pending {
  request: Request;
  /** Polls that it has outlasted: unlike a clock they stand still while the process is busy. */
  polls: number;
  /** Came, or will come; and how many those were at the last poll. */
  bytes: number;
  bytesSeen: number;
  address: ClientAddress | null;
  reject: (error: AppError) => void;
}

export function createBodyReader(options: {
  addressOf: (request: Request) => ClientAddress;
  limits?: Partial<BodyLimits>;
}): BodyReader {
  const limits = { ...LIMITS, ...options.limits };
  const pending = new Set<Pending>();
  let timer: ReturnType<typeof setInterval> | undefined;

  const poll = () => {
    if (pending.size > 0) return void rejectAll(takeSlow(pending, limits, options.addressOf));
    clearInterval(timer);
    timer = undefined;
  };
  const collect = (request: Request, declared: number | null, bytesMax: number) =>
    new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
      const isSmall = declared !== null && declared <= WHOLE_BYTES_MAX;
      const bytes = isSmall ? declared : 0;
      const body: Pending = { request, polls: 0, bytes, bytesSeen: bytes, address: null, reject };
      pending.add(body);
      timer ??= setInterval(poll, limits.pollMs);
      const reading = isSmall ? request.bytes() : readPieces(body, bytesMax);
      reading
        .then(resolve, (error: unknown) => reject(isBeyondListener(error) ? tooLarge(bytesMax) : error))
        .finally(() => pending.delete(body));
    });

  return {
    async read(request, bytesMax) {
      const isGzip = isGzipped(request);
      const bytesComingMax = isGzip ? gzippedMax(bytesMax) : bytesMax;
      const length = request.headers.get('content-length');
      const declared = length === null ? null : Number(length);
      if (declared !== null && declared > bytesComingMax) throw tooLarge(bytesMax);
      const bytes = await collect(request, declared, bytesComingMax);
      if (bytes.byteLength > bytesComingMax) throw tooLarge(bytesMax);
      return isGzip && bytes.byteLength > 0 ? decompress(bytes, bytesMax) : bytes;
    },
    pending: () => pending.size,
  };
}

/**
 * Bun closes a connection within the turn that rejects its body, one inside the other: some thousands in a
 * turn overflow its stack and end the process. So few of them also let others' requests through in between.
 */
const REJECTED_IN_A_TURN = 16;

async function rejectAll(bodies: Pending[]): Promise<void> {
  for (const [at, body] of bodies.entries()) {
    if (at % REJECTED_IN_A_TURN === 0) await new Promise(setImmediate);
    body.reject(TOO_SLOW);
  }
}

/** From the newest to the oldest: those beyond a bound are the oldest. */
function takeSlow(
  pending: Set<Pending>,
  limits: BodyLimits,
  addressOf: (request: Request) => ClientAddress,
): Pending[] {
  const slow: Pending[] = [];
  const stalledOf = new Map<ClientAddress, number>();
  let stalled = 0;
  let bytes = 0;
  for (const body of [...pending].toReversed()) {
    const progress = body.bytes - body.bytesSeen;
    body.bytesSeen = body.bytes;
    body.polls += 1;
    // The first poll may come a moment after the body's head.
    if (body.polls === 1) continue;
    bytes += body.bytes;
    let sameAddress = 0;
    if (progress * 1000 < limits.bytesPerSecondMin * limits.pollMs) {
      body.address ??= addressOf(body.request);
      sameAddress = (stalledOf.get(body.address) ?? 0) + 1;
      stalledOf.set(body.address, sameAddress);
      stalled += 1;
    }
    const isBeyond =
      stalled > limits.stalledMax ||
      sameAddress > limits.stalledPerAddressMax ||
      bytes > limits.pendingBytesMax;
    if (!isBeyond && !isLate(body, limits)) continue;
    pending.delete(body);
    slow.push(body);
  }
  return slow;
}

function isLate({ polls, bytes }: Pending, limits: BodyLimits): boolean {
  const elapsedMs = polls * limits.pollMs;
  const dueMs = limits.graceMs + (bytes / limits.bytesPerSecondMin) * 1000;
  // control: least-speed
  return elapsedMs > Math.min(dueMs, limits.wholeMs);
}

/** Made once: with many of them at a time, stacks would cost more than the rejections. */
const TOO_SLOW = sharedProblem('body_too_slow', { headers: { connection: 'close' } });

function tooLarge(bytesMax: number): AppError {
  return problem('content_too_large', {
    detail: `The body is larger than ${bytesMax} bytes.`,
    headers: { connection: 'close' },
  });
}

/** Stops soon after `bytesMax`; a body that was rejected ends with its connection. */
async function readPieces(body: Pending, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body.request.body ?? []) {
    pieces.push(piece);
    body.bytes += piece.byteLength;
    if (body.bytes > bytesMax) break;
  }
  return Buffer.concat(pieces);
}

/** Whether the runtime gave a body up that exceeds the listener's own limit; the error has no code. */
function isBeyondListener(error: unknown): boolean {
  return error instanceof Error && error.message.includes('maxRequestBodySize');
}

/** Incompressible bytes grow a little. */
function gzippedMax(bytesMax: number): number {
  return bytesMax + Math.ceil(bytesMax / 100) + 1024;
}

/** Whether it is to be decompressed; throws AppError 415 for an encoding that is not. */
function isGzipped(request: Request): boolean {
  const encoding = request.headers.get('content-encoding');
  if (encoding === null) return false;
  const encodings = encoding
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const [name, ...rest] = encodings;
  if (name === undefined) return false;
  if (rest.length === 0 && (name === 'gzip' || name === 'x-gzip')) return true;
  throw problem('unsupported_content_encoding', { headers: { 'accept-encoding': 'gzip' } });
}

const inflate = promisify(gunzip);

/** Stops where it is more than `bytesMax`, however much more it would become. */
async function decompress(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await inflate(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax);
    throw problem('malformed_body', { detail: 'The body is not valid gzip.' });
  }
}
