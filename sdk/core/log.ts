import { EcsArgumentError } from './errors.ts';
import type { EcsClientOptions, LogLevel } from './options.ts';
import { redact, redactText } from './redact.ts';
import { readVariable } from './runtime.ts';

/** The log of a client; everything that passes is redacted. */
export type Log = (level: Exclude<LogLevel, 'off'>, message: string, facts?: object) => void;

export const LOG_LEVELS: readonly LogLevel[] = ['off', 'error', 'warn', 'info', 'debug'];
const DEFAULT_LEVEL = 'warn';

/** `logLevel`, else `ECS_LOG` of the environment, else `warn`. Throws EcsArgumentError for another word. */
export function createLog({
  logger = console,
  logLevel,
}: Pick<EcsClientOptions, 'logger' | 'logLevel'>): Log {
  const rank = LOG_LEVELS.indexOf(logLevel ?? levelOfEnvironment());
  return (level, message, facts) => {
    if (LOG_LEVELS.indexOf(level) > rank) return;
    try {
      const text = `ecs: ${redactText(message)}`;
      if (facts === undefined) logger[level](text);
      else logger[level](text, redact(facts));
    } catch {
      // A logger that fails must not fail the call.
    }
  };
}

function levelOfEnvironment(): LogLevel {
  const level = readVariable('ECS_LOG')?.trim().toLowerCase();
  if (level === undefined || level === '') return DEFAULT_LEVEL;
  if (LOG_LEVELS.includes(level as LogLevel)) return level as LogLevel;
  throw new EcsArgumentError(`ECS_LOG must be one of ${LOG_LEVELS.join(', ')}`);
}
