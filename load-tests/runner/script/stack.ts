import { SourceMap } from 'node:module';
import { relative, resolve } from 'node:path';
import type { UserSetup } from '../protocol/messages.ts';

/** Returns the number of the user in whose code an error was made. */
export function userOfError(error: unknown): number | undefined {
  const match = error instanceof Error ? /\.bundle#(\d+):/.exec(error.stack ?? '') : null;
  return match ? Number(match[1]) : undefined;
}

/** Returns errors as text with lines of the script's own files, none of the runner's. */
export function createStackMapper(script: Pick<UserSetup, 'path' | 'sourceMap'>) {
  const framesOf = createFrameReader(script);
  const { path } = script;
  return (error: unknown): string => {
    if (!(error instanceof Error)) return typeof error === 'string' ? error : JSON.stringify(error);
    const frames = framesOf(error).map(({ name, source, place }) => {
      const origin = source === undefined ? relative('.', path) || path : `${source}:${place}`;
      return `\tat ${name ? `${name} (${origin})` : origin}`;
    });
    return [`${error.name}: ${error.message}`, ...frames].join('\n');
  };
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
  return (error: Error): Frame[] =>
    (error.stack ?? '').split('\n').flatMap((text) => {
      const at = text.lastIndexOf(bundled);
      const place = at === -1 ? null : /^(?:#\d+)?:(\d+):(\d+)/.exec(text.slice(at + bundled.length));
      if (!place) return [];
      map ??= new SourceMap(JSON.parse(sourceMap) as ConstructorParameters<typeof SourceMap>[0]);
      // The scope line before the code is not in the map.
      const entry = map.findEntry(Number(place[1]) - 2, Number(place[2]) - 1) as MapEntry;
      const name = /at (?:async )?([\w$.<>]+) \(/.exec(text)?.[1];
      const { originalSource } = entry;
      const source = sourceOf(originalSource, path);
      return [{ name, source, place: `${(entry.originalLine ?? 0) + 1}:${(entry.originalColumn ?? 0) + 1}` }];
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
