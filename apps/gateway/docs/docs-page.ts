import { tagged } from '../../../platform/http/http.ts';

/** The interactive reference: Swagger UI from our own files; the page reaches nothing but this gateway. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Empathic Credit System: try the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<noscript>The reference needs JavaScript. The same for machines: <a href="/openapi.json">/openapi.json</a>,
<a href="/asyncapi.json">/asyncapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // Null: no document of ours is sent to a validator elsewhere.
  validatorUrl: null,
});
`;

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

type Page = (request: Request) => Response | Promise<Response>;

/** Each page of the reference by its path. */
export function createDocsPages(): Record<string, Page> {
  const html: Page = (request) => tagged(PAGE, 'text/html; charset=utf-8', request, HEADERS);
  return {
    '/docs/try': html,
    '/docs/start.js': (request) => tagged(START, 'text/javascript; charset=utf-8', request, HEADERS),
    '/docs/swagger-ui.css': fileOf('swagger-ui.css', 'text/css; charset=utf-8'),
    '/docs/swagger-ui-bundle.js': fileOf('swagger-ui-bundle.js', 'text/javascript; charset=utf-8'),
  };
}

/** A file of the package, read when it is first asked for. */
function fileOf(name: string, contentType: string): Page {
  const readAsset = async () => Bun.file(Bun.resolveSync(`swagger-ui-dist/${name}`, import.meta.dir)).text();
  let file: Promise<string> | undefined;
  return async (request) => tagged(await (file ??= readAsset()), contentType, request, HEADERS);
}
