import { SourceMap } from 'node:module';
import { relative, resolve } from 'node:path';
import type { UserSetup } from '../protocol/messages.ts';

/** Returns the number of the user in whose code an error was made. */
export function userOfError(error: unknown): number | undefined {
  const match = error instanceof Error ? /\.bundle#(\d+):/.exec(error.stack ?? '') : null;
  return match ? Number(match[1]) : undefined;
}

/**
 * Returns errors as text with lines of the script's own files, none of the runner's. Never throws, however
 * strange the value that a script threw.
 */
export function createStackMapper(script: Pick<UserSetup, 'path' | 'sourceMap'>) {
  const framesOf = createFrameReader(script);
  const { path } = script;
  const describe = (error: unknown): string => {
    if (!(error instanceof Error)) return describeValue(error);
    const frames = framesOf(error).map(({ name, source, place }) => {
      const origin = source === undefined ? relative('.', path) || path : `${source}:${place}`;
      return `\tat ${name ? `${name} (${origin})` : origin}`;
    });
    return [`${error.name}: ${error.message}`, ...frames].join('\n');
  };
  return (error: unknown): string => {
    try {
      return describe(error);
    } catch {
      return 'an error that cannot be read';
    }
  };
}

/** Any value can be thrown. */
function describeValue(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    const json = JSON.stringify(value) as string | undefined;
    if (json !== undefined) return json;
  } catch {
    // A ring, or a number that JSON has not.
  }
  return String(value);
}

interface Frame {
  /** The function. */
  name: string | undefined;
  /** The file of the script; none for code of the bundler. */
  source: string | undefined;
  /** Line and column. */
  place: string;
}

/** Returns the reader of an error's frames in the script's own files, the innermost first. */
export function createFrameReader({ path, sourceMap }: Pick<UserSetup, 'path' | 'sourceMap'>) {
  let map: SourceMap | undefined;
  const bundled = `${path}.bundle`;
  // A script may have made it any value.
  return ({ stack }: { stack?: unknown }): Frame[] =>
    String(stack)
      .split('\n')
      .flatMap((text) => {
        const at = text.lastIndexOf(bundled);
        const place = at === -1 ? null : /^(?:#\d+)?:(\d+):(\d+)/.exec(text.slice(at + bundled.length));
        if (!place) return [];
        map ??= new SourceMap(JSON.parse(sourceMap) as ConstructorParameters<typeof SourceMap>[0]);
        // The scope line before the code is not in the map.
        const entry = map.findEntry(Number(place[1]) - 2, Number(place[2]) - 1) as MapEntry;
        const name = /at (?:async )?([\w$.<>]+) \(/.exec(text)?.[1];
        const { originalSource } = entry;
        const source = sourceOf(originalSource, path);
        return [
          { name, source, place: `${(entry.originalLine ?? 0) + 1}:${(entry.originalColumn ?? 0) + 1}` },
        ];
      });
}

function sourceOf(source: string | undefined, path: string): string | undefined {
  return source === undefined || /^https?:/.test(source) ? source : resolve(path, '..', source);
}

interface MapEntry {
  originalSource?: string;
  originalLine?: number;
  originalColumn?: number;
}
