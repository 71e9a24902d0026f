import { tagged } from '../../../../platform/http/http.ts';
import { createAsyncApi } from '../asyncapi.ts';
import { createOpenApi } from '../openapi.ts';
import { endpointSections } from './endpoints.ts';
import { eventSections } from './events.ts';
import { guideSections } from './guide.ts';
import { type PagePath, renderPage, type Section } from './page.ts';
import { STYLE } from './style.ts';

type Page = (request: Request) => Response;

/** The reference for people: pages without a script, made of the tables when one is first asked for. */
export function createReference(version: string): Record<string, Page> {
  const page = (path: PagePath, title: string, sections: () => Section[]): [string, Page] => {
    let text: string | undefined;
    return [
      path,
      (request) => {
        text ??= renderPage(path, title, sections());
        return tagged(text, 'text/html; charset=utf-8', request, HEADERS);
      },
    ];
  };
  const endpoints = (isOfOperators: boolean) =>
    endpointSections(createOpenApi(version), ({ tag }) => (tag === 'operators') === isOfOperators);
  return {
    '/': () => new Response(null, { status: 302, headers: { location: '/docs' } }),
    '/docs/reference.css': (request) => tagged(STYLE, 'text/css; charset=utf-8', request, HEADERS),
    ...Object.fromEntries([
      page('/docs', 'Guide', guideSections),
      page('/docs/endpoints', 'Endpoints', () => endpoints(false)),
      page('/docs/operators', 'For operators', () => endpoints(true)),
      page('/docs/events', 'Subjects', () => eventSections(createAsyncApi(version))),
    ]),
  };
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};
