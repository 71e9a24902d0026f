import { parsePage } from '../pages/page.ts';

/** `k6/html`: documents with the selections of jQuery. */
export function createHtmlModule() {
  const module = { parseHTML: (html: unknown) => parsePage(String(html)) };
  return { __esModule: true, ...module, default: module };
}
