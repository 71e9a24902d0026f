import { tagged } from '../../../platform/http/http.ts';
import { createAsyncApi } from './asyncapi.ts';
import { createDocsPages } from './docs-page.ts';
import { createOpenApi } from './openapi.ts';
import { createReference } from './reference/pages.ts';

/**
 * Documents of the API by path, made when first asked for: the ones for machines, and the reference for
 * people.
 */
export function createPages(version: string, publicUrl: string | null) {
  return {
    '/openapi.json': openApiPage(version, publicUrl),
    '/asyncapi.json': asyncApiPage(version),
    ...createReference(version),
    ...createDocsPages(),
  };
}

/** With the address of this API: PUBLIC_URL, or the one that the document was asked for at. */
function openApiPage(version: string, publicUrl: string | null) {
  const placeholder = 'http://server.invalid';
  let text: string | undefined;
  return (request: Request) => {
    text ??= JSON.stringify(createOpenApi(version, placeholder));
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

function asyncApiPage(version: string) {
  let text: string | undefined;
  return (request: Request) => {
    text ??= JSON.stringify(createAsyncApi(version));
    return tagged(text, 'application/json', request, { 'cache-control': 'no-cache' });
  };
}
