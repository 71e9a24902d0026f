import { readFileSync } from 'node:fs';
import { plugin } from 'bun';

/** Hands a test process one file with a change in it, by `ECS_MUTANT`: the path, the place and its replacement. */
const { path, start, end, replacement } = JSON.parse(process.env['ECS_MUTANT'] ?? '{}') as {
  path: string;
  start: number;
  end: number;
  replacement: string;
};

plugin({
  name: 'mutant',
  setup(build) {
    const exactly = new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
    build.onLoad({ filter: exactly }, () => {
      const source = readFileSync(path, 'utf8');
      const contents = source.slice(0, start) + replacement + source.slice(end);
      return { contents, loader: path.endsWith('.json') ? 'json' : 'ts' };
    });
  },
});
