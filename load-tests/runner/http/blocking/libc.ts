import { dlopen, read } from 'bun:ffi';

/**
 * The system's own calls for sockets, as they are on Linux with 64 bits. Counts of bytes are of 64 bits as
 * well, but none here needs more than 31.
 */
const SYMBOLS = {
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  connect: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  getsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'ptr'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  poll: { args: ['ptr', 'u64', 'i32'], returns: 'i32' },
  send: { args: ['i32', 'ptr', 'usize', 'i32'], returns: 'i32' },
  recv: { args: ['i32', 'ptr', 'usize', 'i32'], returns: 'i32' },
  recvmsg: { args: ['i32', 'ptr', 'i32'], returns: 'i32' },
  close: { args: ['i32'], returns: 'i32' },
  clock_gettime: { args: ['i32', 'ptr'], returns: 'i32' },
  __errno_location: { args: [], returns: 'ptr' },
} as const;

/** Of glibc, and of musl. */
const LIBRARIES = ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1'];

/** Returns the name of the library with the system's calls; undefined where this system's are not known. */
export function findLibc(): string | undefined {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return undefined;
  return LIBRARIES.find((name) => {
    try {
      openLibc(name).close();
      return true;
    } catch {
      return false;
    }
  });
}

export type Libc = ReturnType<typeof openLibc>;

/** Throws when the library, or one of the calls, is not there. */
export function openLibc(name: string) {
  const { symbols, close } = dlopen(name, SYMBOLS);
  // The same place for the whole life of a thread.
  const errorAt = symbols['__errno_location']();
  if (errorAt === null) throw new Error(`${name} does not say where errors are`);
  return { calls: symbols, errno: () => read.i32(errorAt, 0), close };
}

export const ERRNO = {
  again: 11,
  connectionRefused: 111,
  inProgress: 115,
  interrupted: 4,
  timedOut: 110,
} as const;
