import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { UserState } from './user-state.ts';

const SEEK_MODE = { Start: 0, Current: 1, End: 2 } as const;

/** A file as `k6/experimental/fs` opens it. */
export interface ScriptFile {
  path: string;
  read(into: Uint8Array): Promise<number | null>;
  seek(offset: number, whence: number): Promise<number>;
  stat(): Promise<{ name: string; size: number }>;
}

const contents = new WeakMap<ScriptFile, Uint8Array>();

/** Returns all bytes of a file that a script has opened. */
export function contentOf(file: unknown): Uint8Array {
  const bytes = typeof file === 'object' && file !== null ? contents.get(file as ScriptFile) : undefined;
  if (!bytes) throw new TypeError('a file of k6/experimental/fs is expected');
  return bytes;
}

/** `k6/experimental/fs`: files, read piece by piece. */
export function createFsModule(state: UserState, locate: (path: string) => string) {
  const open = async (path: unknown): Promise<ScriptFile> => {
    if (state.phase !== 'init')
      throw new Error('open() failed; reason: opening a file in the VU context is not supported');
    if (typeof path !== 'string' || path === '')
      throw new TypeError('open() failed; reason: path cannot be empty');
    const absolute = locate(path);
    return createFile(absolute, readFileSync(absolute));
  };
  const module = { open, SeekMode: SEEK_MODE };
  return { __esModule: true, ...module, default: module };
}

function createFile(path: string, bytes: Uint8Array): ScriptFile {
  let position = 0;
  const file: ScriptFile = {
    path,
    async read(into) {
      if (!(into instanceof Uint8Array))
        throw new TypeError('read() failed; reason: a Uint8Array is expected');
      if (position >= bytes.length) return null;
      const piece = bytes.subarray(position, position + into.length);
      into.set(piece);
      position += piece.length;
      return piece.length;
    },
    async seek(offset, whence) {
      const start = { 0: 0, 1: position, 2: bytes.length }[whence];
      if (start === undefined || !Number.isInteger(offset))
        throw new TypeError('seek() failed; reason: invalid');
      const next = start + offset;
      if (next < 0 || next > bytes.length)
        throw new Error('seek() failed; reason: the place is outside the file');
      position = next;
      return position;
    },
    stat: async () => ({ name: basename(path), size: bytes.length }),
  };
  contents.set(file, bytes);
  return file;
}
