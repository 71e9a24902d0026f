import { describe, expect, test } from 'bun:test';
import { basename, join } from 'node:path';
import { missingPaths } from './paths.ts';
import { missingSections } from './sections.ts';

const ROOT = join(import.meta.dir, '..', '..');
const files = [...new Bun.Glob('**/*').scanSync({ cwd: ROOT, dot: true })].filter(
  (path) => !path.includes('node_modules/') && !path.startsWith('.git/') && !path.startsWith('.ecs/'),
);
const documents = files.filter((path) => path.endsWith('.md'));

describe('documents', () => {
  test('name only paths that exist', async () => {
    expect(documents).toContain('README.md');
    const texts = await Promise.all(documents.map((path) => Bun.file(join(ROOT, path)).text()));
    expect(texts.flatMap((text, index) => missingPaths(documents[index] ?? '', text, files))).toEqual([]);
  });

  test('are checked link by link, path by path and name by name', () => {
    const text = 'See [it](../gone.md#a), `apps/gone.ts` and `gone.ts`; [this](README.md), `apps/main.ts`.';
    expect(missingPaths('docs/README.md', text, ['docs/README.md', 'apps/main.ts'])).toEqual([
      'docs/README.md:1: gone.md',
      'docs/README.md:1: apps/gone.ts',
      'docs/README.md:1: gone.ts',
    ]);
  });

  test('link only to sections that exist', async () => {
    const texts = await Promise.all(documents.map((path) => Bun.file(join(ROOT, path)).text()));
    expect(missingSections(new Map(documents.map((path, index) => [path, texts[index] ?? ''])))).toEqual([]);
  });

  test('are checked section by section, their code blocks left out', () => {
    const room = '## `SECRET_KEY`, and its rotation\n```sh\n# a comment\n```\n[here](#a-comment)';
    const index = '[a](room.md#secret_key-and-its-rotation) [b](room.md#rotation) [c](/gone.md#x)';
    expect(
      missingSections(
        new Map([
          ['docs/room.md', room],
          ['docs/README.md', index],
        ]),
      ),
    ).toEqual(['docs/room.md: docs/room.md#a-comment', 'docs/README.md: docs/room.md#rotation']);
  });

  test('list each decision once, by its number, under the title of its record', async () => {
    const folder = join(ROOT, 'docs', 'decisions');
    const records = documents.filter((path) => /^docs\/decisions\/\d+-.*\.md$/.test(path)).toSorted();
    const rows = await Promise.all(
      records.map(async (path) => {
        const text = await Bun.file(join(ROOT, path)).text();
        const [, number, title] = /^# (\d+)\. (.*)$/m.exec(text) ?? [];
        const successor = /^Replaced by \[(\d+)\]/m.exec(text)?.[1];
        const end = successor === undefined ? '' : `, replaced by ${successor}`;
        return `| ${number} | [${title}](${basename(path)})${end} |`;
      }),
    );
    const index = await Bun.file(join(folder, 'README.md')).text();
    expect([...(index.match(/^\| \d+ \|.*$/gm) ?? [])]).toEqual(rows);
  });

  test('have a README that is read in one sitting: at most 120 lines', async () => {
    const readme = await Bun.file(join(ROOT, 'README.md')).text();
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(120);
  });
});
