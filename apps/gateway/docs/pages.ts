import { tagged } from '../../../platform/http/http.ts';
import { createAsyncApi } from './asyncapi.ts';
import { createDocsPages } from './docs-page.ts';
import { createOpenApi } from './openapi.ts';
import { createReference } from './reference/pages.ts';

/** Documents of the API by path: the ones for machines, and the reference for people. */
export function createPages(version: string, publicUrl: string | null) {
  const document = (value: unknown) => {
    const text = JSON.stringify(value);
    return (request: Request) => tagged(text, 'application/json', request, { 'cache-control': 'no-cache' });
  };
  return {
    '/openapi.json': openApiPage(version, publicUrl),
    '/asyncapi.json': document(createAsyncApi(version)),
    ...createReference(version),
    ...createDocsPages(),
  };
}

/** With the address of this API: PUBLIC_URL, or the one that the document was asked for at. */
function openApiPage(version: string, publicUrl: string | null) {
  const placeholder = 'http://server.invalid';
  const text = JSON.stringify(createOpenApi(version, placeholder));
  return (request: Request) => {
    const server = publicUrl?.replace(/\/$/, '') ?? new URL(request.url).origin;
    const headers = { 'cache-control': 'no-cache' };
    return tagged(
      text.replace(placeholder, () => server),
      'application/json',
      request,
      headers,
    );
  };
}
