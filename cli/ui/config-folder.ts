import { homedir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../../deploy/local/environment.ts';

/** The folder of profiles and of the logins to remote systems. */
export function configFolder(): string {
  const { ECS_CONFIG_DIR, XDG_CONFIG_HOME } = environment();
  return ECS_CONFIG_DIR || join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'ecs');
}
