import { statSync } from 'node:fs';

/**
 * Identifies a folder by a value that no copy of it has; a renamed folder keeps it. Notes about running
 * processes are of the folder that wrote them: on a copy nothing may act on the processes of the original.
 */
export function identifyFolder(folder: string): string {
  const { dev, ino } = statSync(folder, { bigint: true });
  return `${dev}:${ino}`;
}

/** Returns whether a note was written in this very folder; true of older notes, which have no identity. */
export function isWrittenIn(folder: string, note: { folder?: string | undefined }): boolean {
  return note.folder === undefined || note.folder === identifyFolder(folder);
}
