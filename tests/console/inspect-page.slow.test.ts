import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage } from '../harness/console.ts';

const LONG_MS = 60_000;
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
}, LONG_MS);
afterAll(() => browser.close());

const EVERYWHERE = ['light-desk', 'light-phone', 'dark-desk', 'dark-phone'];

/** Two hundred equal texts on a sheet, and one beside them. */
const pageWith = (text: string) => `<!doctype html><html lang="en"><head><title>Texts</title><style>
  :root { color-scheme: light dark; }
  body { background: light-dark(#fff, #111); color: light-dark(#111, #eee); }
  a { color: light-dark(#333, #ccc); text-decoration: none; }
  .sheet { background: light-dark(#eee, #222); }
  .pale { color: #999; }
  .veiled { opacity: 0.4; }
  @media (max-width: 600px) { .narrow { color: #777; } }
  </style></head><body><main><h1>Texts</h1>
  <div class="sheet">${'<p>A text.</p>'.repeat(200)}${text}</div></main></body></html>`;

test.each([
  ['a pale text', 'color-contrast', '<p class="pale">Another.</p>', ['light-desk', 'light-phone']],
  [
    'one that is pale on a phone',
    'color-contrast',
    '<p class="narrow">Another.</p>',
    ['light-phone', 'dark-phone'],
  ],
  ['one behind a veil', 'color-contrast', '<div class="veiled"><p>A text.</p></div>', EVERYWHERE],
  [
    'a link like its text',
    'link-in-text-block',
    '<p>It is <a href="https://x.example">there</a>, or elsewhere.</p>',
    EVERYWHERE,
  ],
  [
    'a picture without words',
    'image-alt',
    '<img src="data:," width="9" height="9">',
    ['light-desk', 'light-phone'],
  ],
])(
  'the inspection of a page finds %s among equal ones',
  async (_, rule, text, states) => {
    const page = await browser.newPage();
    await page.setContent(pageWith(text));
    const findings = await inspectPage(page, 'texts');
    expect(findings.map((finding) => finding.split(' ').slice(0, 2).join(' '))).toEqual(
      states.map((state) => `texts-${state}: ${rule}`),
    );
    await page.close();
  },
  LONG_MS,
);
