import { SourceMap } from 'node:module';
import { relative, resolve } from 'node:path';
import type { UserSetup } from '../protocol/messages.ts';

/** Returns the number of the user in whose code an error was made. */
export function userOfError(error: unknown): number | undefined {
  const match = error instanceof Error ? /\.bundle#(\d+):/.exec(error.stack ?? '') : null;
  return match ? Number(match[1]) : undefined;
}

/** Returns errors as text with lines of the script's own files, none of the runner's. */
export function createStackMapper({ path, sourceMap }: Pick<UserSetup, 'path' | 'sourceMap'>) {
  let map: SourceMap | undefined;
  const bundled = `${path}.bundle`;

  /** `file:line:column` in the source; the scope line before the code is not in the map. */
  const originOf = (line: number, column: number): string => {
    map ??= new SourceMap(JSON.parse(sourceMap) as ConstructorParameters<typeof SourceMap>[0]);
    const entry = map.findEntry(line - 2, column - 1) as {
      originalSource?: string;
      originalLine?: number;
      originalColumn?: number;
    };
    if (entry.originalSource === undefined) return relative('.', path) || path;
    const source = resolve(path, '..', entry.originalSource);
    return `${source}:${(entry.originalLine ?? 0) + 1}:${(entry.originalColumn ?? 0) + 1}`;
  };

  return (error: unknown): string => {
    if (!(error instanceof Error)) return typeof error === 'string' ? error : JSON.stringify(error);
    const frames = (error.stack ?? '').split('\n').flatMap((frame) => {
      const at = frame.lastIndexOf(bundled);
      const place = at === -1 ? null : /^(?:#\d+)?:(\d+):(\d+)/.exec(frame.slice(at + bundled.length));
      if (!place) return [];
      const name = /at (?:async )?([\w$.<>]+) \(/.exec(frame)?.[1];
      const origin = originOf(Number(place[1]), Number(place[2]));
      return [`\tat ${name ? `${name} (${origin})` : origin}`];
    });
    return [`${error.name}: ${error.message}`, ...frames].join('\n');
  };
}
