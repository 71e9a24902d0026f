import { tagged } from '../../../platform/http/http.ts';
import { createAsyncApi } from './asyncapi.ts';
import { createDocsPages } from './docs-page.ts';
import { createOpenApi } from './openapi.ts';

/** Documents of the API by path: the ones for machines, and the reference for people. */
export function createPages(version: string) {
  const document = (value: unknown) => {
    const text = JSON.stringify(value);
    return (request: Request) => tagged(text, 'application/json', request, { 'cache-control': 'no-cache' });
  };
  return {
    '/openapi.json': document(createOpenApi(version)),
    '/asyncapi.json': document(createAsyncApi(version)),
    ...createDocsPages(),
  };
}
