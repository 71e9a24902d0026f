import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A comment `control: NAME` of the code, alone on its line: the next line is the one that a control breaks. */
export interface Marker {
  name: string;
  file: string;
  /** Of the marked line, counted from 0. */
  line: number;
}

const MARKER = /^\s*(?:\/\/|--|#) control: ([a-z-]+)$/;

/** Returns every marker below a folder with the code of the services, and the configuration of their engines. */
export function findMarkers(root: string): Marker[] {
  const files = ['apps/**/*.ts', 'platform/**/*.ts', 'deploy/**/*.yaml'].flatMap((places) => [
    ...new Bun.Glob(places).scanSync({ cwd: root }),
  ]);
  return files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((text, index) => {
        const name = MARKER.exec(text)?.[1];
        return name === undefined ? [] : [{ name, file, line: index + 1 }];
      }),
  );
}
