import { type Html, html } from './html.ts';

export interface Section {
  id: string;
  title: string;
  /** Below the title in the table of contents. */
  entries?: readonly { id: string; title: string }[];
  body: Html;
}

const PAGES = [
  ['/docs', 'Guide'],
  ['/docs/endpoints', 'Endpoints'],
  ['/docs/operators', 'For operators'],
  ['/docs/events', 'Subjects'],
  ['/docs/try', 'Try it'],
] as const;
export type PagePath = (typeof PAGES)[number][0];

/** A whole page: without script, so that nothing of it can be another's. */
export function renderPage(path: PagePath, title: string, sections: readonly Section[]): string {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Empathic Credit System: ${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/reference.css">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header>
<p class="name">Empathic Credit System</p>
<nav aria-label="Pages"><ul>${PAGES.map(
    ([address, name]) => html`<li>${linkTo(address, name, path)}</li>`,
  )}</ul></nav>
</header>
<div class="columns">
<nav class="contents" aria-label="On this page"><details open><summary>On this page</summary>
<ul>${sections.map(contentsOf)}</ul></details></nav>
<main id="content" tabindex="-1">
<h1>${title}</h1>
${sections.map(
  ({ id, title: heading, body }) => html`
<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${body}</section>`,
)}
</main>
</div>
<footer><p>For programs:
<a href="/openapi.json">openapi.json</a>, <a href="/asyncapi.json">asyncapi.json</a></p></footer>
</body>
</html>
`;
  return document.text;
}

function linkTo(address: string, name: string, path: PagePath): Html {
  return address === path
    ? html`<a href="${address}" aria-current="page">${name}</a>`
    : html`<a href="${address}">${name}</a>`;
}

function contentsOf({ id, title, entries = [] }: Section): Html {
  const below = entries.map((entry) => html`<li><a href="#${entry.id}">${entry.title}</a></li>`);
  return html`<li><a href="#${id}">${title}</a>${below.length > 0 ? html`<ul>${below}</ul>` : null}</li>`;
}
