import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { quote } from '../../deploy/local/command-line.ts';
import { environment } from '../../deploy/local/environment.ts';
import { isWritable } from './write-file.ts';

/**
 * Returns the command that makes `ecs` a command of the shell, as it was called by a path, or null where the
 * shell finds it already.
 */
export function stepOntoPath({ ECS_CALLED_NAME: called, PATH = '' } = environment()): string | null {
  // Those of the checkout are there for this process alone.
  const isLasting = (folder: string) => folder.startsWith('/') && !folder.includes('/node_modules/');
  const folders = PATH.split(delimiter).filter(isLasting);
  if (!called || folders.some((folder) => existsSync(join(folder, 'ecs')))) return null;
  const ownFolders = [join(homedir(), '.local', 'bin'), join(homedir(), 'bin'), '/usr/local/bin', ...folders];
  const folder = ownFolders.find((candidate) => folders.includes(candidate) && isWritable(candidate));
  const link = (place: string) => `ln -s ${quote(resolve(called))} ${quote(join(place, 'ecs'))}`;
  return folder === undefined ? `sudo ${link('/usr/local/bin')}` : link(folder);
}
