import { ptr } from 'bun:ffi';
import { isIP } from 'node:net';
import { ERRNO, type Libc } from './libc.ts';

/** TCP connections of one thread, which really waits for them. */
export interface Tcp {
  /** Returns a new descriptor for connections of this address. Throws a SocketError. */
  open(address: string): number;
  /** Throws a SocketError, or a TimeoutError at the deadline. */
  connect(fd: number, place: { address: string; port: number; deadline: number }): void;
  /** Whether the other side has closed, or sent what nobody asked for. */
  isStale(fd: number): boolean;
  /** Sends all; returns false when the other side responds before. */
  send(fd: number, written: { bytes: Buffer; length: number }, deadline: number): boolean;
  /** Receives into a buffer from a place on; returns the number of bytes, 0 at the end of the stream. */
  receive(fd: number, to: { into: Buffer; at: number; deadline: number }): number;
  /** The moment at which the last bytes that were received had come to this machine (performance.now). */
  arrivedAt(): number;
  close(fd: number): void;
}

/** The time for which the thread is deaf while it waits. */
const SLICE_MS = 50;

const AF = { 4: 2, 6: 10 } as const;
const [STREAM_NONBLOCK_CLOEXEC, TCP, NODELAY] = [0o2004001, 6, 1];
const [SOCKET, SO_ERROR, SO_TIMESTAMPNS] = [1, 4, 35];
const POLL = { in: 1, out: 4 } as const;
const MSG = { peek: 2, dontWait: 0x40, noSignal: 0x4000 } as const;

/** `onWait` is called each time that a wait has lasted for another slice; it may throw. */
export function createTcp({ calls, errno }: Libc, onWait: () => void): Tcp {
  const pollFd = new Int32Array(2);
  const flagOn = Int32Array.of(1);
  const peeked = new Uint8Array(1);
  const { receiveInto, arrivedAt, begin } = createReceiver(calls);
  /** Returns whether one of the events came. Throws a TimeoutError at the deadline. */
  const wait = (fd: number, events: number, deadline: number): number => {
    for (;;) {
      const restMs = deadline - performance.now();
      if (restMs <= 0) throw new SocketTimeout();
      pollFd[0] = fd;
      pollFd[1] = events;
      const count = calls.poll(pollFd, 1, Math.ceil(Math.min(SLICE_MS, restMs)));
      if (count > 0) return pollFd[1] >>> 16;
      if (count < 0 && errno() !== ERRNO.interrupted) throw new SocketError('FailedToOpenSocket');
      onWait();
    }
  };
  const connectError = (fd: number): number => {
    const value = new Int32Array(1);
    calls.getsockopt(fd, SOCKET, SO_ERROR, value, Int32Array.of(4));
    return value[0]!;
  };
  return {
    open(address) {
      const fd = calls.socket(AF[familyOf(address)], STREAM_NONBLOCK_CLOEXEC, 0);
      if (fd < 0) throw new SocketError('FailedToOpenSocket');
      return fd;
    },
    connect(fd, { address, port, deadline }) {
      const target = socketAddress(address, port);
      let failure = calls.connect(fd, target, target.length) === 0 ? 0 : errno();
      if (failure === ERRNO.inProgress) {
        wait(fd, POLL.out, deadline);
        failure = connectError(fd);
      }
      if (failure === ERRNO.connectionRefused) throw new SocketError('ECONNREFUSED');
      if (failure === ERRNO.timedOut) throw new SocketError('ETIMEDOUT');
      if (failure !== 0) throw new SocketError('FailedToOpenSocket');
      calls.setsockopt(fd, TCP, NODELAY, flagOn, 4);
      calls.setsockopt(fd, SOCKET, SO_TIMESTAMPNS, flagOn, 4);
    },
    isStale(fd) {
      const count = calls.recv(fd, peeked, 1, MSG.peek | MSG.dontWait);
      return count >= 0 || errno() !== ERRNO.again;
    },
    send(fd, { bytes, length }, deadline) {
      begin();
      for (let offset = 0; ; ) {
        const count = calls.send(fd, ptr(bytes, offset), length - offset, MSG.noSignal | MSG.dontWait);
        if (count >= 0) offset += count;
        else if (errno() !== ERRNO.again) return false;
        if (offset >= length) return true;
        if ((wait(fd, POLL.in | POLL.out, deadline) & POLL.out) === 0) return false;
      }
    },
    receive(fd, { into, at, deadline }) {
      for (;;) {
        wait(fd, POLL.in, deadline);
        const count = receiveInto(fd, into, at);
        if (count >= 0) return count;
        if (errno() !== ERRNO.again) throw new SocketError('ECONNRESET');
      }
    },
    arrivedAt,
    close: (fd) => void calls.close(fd),
  };
}

/** A failure with the code that fetch has for it. */
export class SocketError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

class SocketTimeout extends Error {
  override name = 'TimeoutError';
}

/**
 * The kernel stamps bytes when they come. A busy machine lets the thread read them later, which is the
 * generator's own queue and no part of the response's time.
 */
function createReceiver(calls: Libc['calls']) {
  // Memory that stays where it is: a message's head, its one vector, and the control data behind it.
  const message = new Uint32Array(new ArrayBuffer(56));
  const vector = new Uint32Array(new ArrayBuffer(16));
  const control = new Uint32Array(new ArrayBuffer(64));
  const clock = new Uint32Array(new ArrayBuffer(16));
  setWords(message, 4, ptr(vector));
  message[6] = 1;
  setWords(message, 8, ptr(control));
  let lastInto: Buffer | undefined;
  let lastAt = 0;
  let begunAt = 0;
  let arrived = 0;
  /** Returns the time since the bytes came, in ms, as the system's clock has it. */
  const ageOf = (): number => {
    calls.clock_gettime(0, clock);
    const seconds = readWords(clock, 0) - readWords(control, 4);
    return seconds * 1000 + (readWords(clock, 2) - readWords(control, 6)) / 1e6;
  };
  const findArrival = (): number => {
    const readAt = performance.now();
    if (message[10]! < 32 || control[3] !== SO_TIMESTAMPNS) return readAt;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = performance.now();
      const age = ageOf();
      // Two clocks are compared, which says nothing when the thread was stopped in between.
      if (performance.now() - before > TOGETHER_MS) continue;
      // Nothing can have come before the request, but the system's clock can be set.
      return age >= 0 && before - age > begunAt ? before - age : readAt;
    }
    return readAt;
  };
  return {
    /** Tells of a request to which bytes are the response. */
    begin: () => void (begunAt = performance.now()),
    arrivedAt: () => arrived,
    receiveInto(fd: number, into: Buffer, at: number): number {
      if (into !== lastInto || at !== lastAt) {
        setWords(vector, 0, ptr(into, at));
        setWords(vector, 2, into.length - at);
        lastInto = into;
        lastAt = at;
      }
      message[10] = 64;
      const count = calls.recvmsg(fd, message, MSG.dontWait);
      if (count >= 0) arrived = findArrival();
      return count;
    },
  };
}

const ATTEMPTS = 3;
const TOGETHER_MS = 0.01;

/** Numbers of 64 bits as two words, the lower first. */
function setWords(words: Uint32Array, at: number, value: number): void {
  words[at] = value % WORD;
  words[at + 1] = Math.floor(value / WORD);
}

const readWords = (words: Uint32Array, at: number) => words[at]! + words[at + 1]! * WORD;
const WORD = 2 ** 32;

const familyOf = (address: string) => (isIP(address) === 6 ? 6 : 4);

/** `sockaddr_in` or `sockaddr_in6`. */
function socketAddress(address: string, port: number): Uint8Array {
  const family = familyOf(address);
  const target = new Uint8Array(family === 4 ? 16 : 28);
  [target[0], target[2], target[3]] = [AF[family], port >> 8, port & 255];
  target.set(family === 4 ? address.split('.').map(Number) : addressBytes(address), family === 4 ? 4 : 8);
  return target;
}

/** The sixteen bytes of an address as `2001:db8::1`, or `::ffff:10.0.0.1`. */
function addressBytes(address: string): number[] {
  const dotted = /(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const pair = (high = '0', low = '0') => ((Number(high) << 8) | Number(low)).toString(16);
  const text = dotted ? `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}` : address;
  const [head = [], tail = []] = text.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
