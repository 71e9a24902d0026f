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
<link rel="stylesheet" href="/docs/try.css">
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

/**
 * Starts Swagger UI, and mends what it has against WCAG 2.2 AA: links inside of buttons, fields without a
 * name, and boxes that scroll and cannot be reached by the keyboard.
 */
const START = `const plainNames = ({ React }) => ({
  components: { DeepLink: ({ text }) => React.createElement('span', null, text) },
});
const nameOf = (field) => {
  const row = field.closest('[data-param-name]');
  if (row) return row.dataset.paramName;
  if (field.id === 'servers') return 'Server';
  if (field.matches('.body-param__text')) return 'Request body';
  return field.closest('.responses-wrapper') ? 'Content type of the response' : 'Content type of the request';
};
const mend = () => {
  for (const field of reference.querySelectorAll('input, select, textarea')) {
    // The label of the servers has no text but theirs.
    const isNamed = field.id !== 'servers' && field.labels?.length;
    if (!isNamed && !field.ariaLabel) field.ariaLabel = nameOf(field);
  }
  for (const box of reference.querySelectorAll('pre:not([tabindex], .version)')) box.tabIndex = 0;
};
const reference = document.getElementById('reference');
new MutationObserver(mend).observe(reference, { childList: true, subtree: true });
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  plugins: [plainNames],
  // Its colors have too little contrast.
  syntaxHighlight: { activated: false },
  // Null: no document of ours is sent to a validator elsewhere.
  validatorUrl: null,
});
`;

/** After Swagger UI's own: contrasts, and widths on a phone. */
const STYLE = `.swagger-ui .info .title small, .swagger-ui .info .title small.version-stamp {
  background: #3b4151;
}
.swagger-ui .info .title small pre.version { color: #fff; }
a.link, .swagger-ui a.link, .swagger-ui .info a, .swagger-ui .info .url, .swagger-ui .info a .url {
  color: #1f5fae;
}
.swagger-ui .btn { transition: none; }
.swagger-ui .btn.execute { background-color: #1f5fae; border-color: #1f5fae; }
.swagger-ui .btn.authorize { border-color: #1a6e46; color: #1a6e46; }
.swagger-ui .btn.cancel, .swagger-ui .btn.btn-clear.cancel { border-color: #b31212; color: #b31212; }
.swagger-ui .opblock.opblock-get .opblock-summary-method { background: #1b66b3; }
.swagger-ui .opblock.opblock-post .opblock-summary-method { background: #1a6e46; }
.swagger-ui .opblock.opblock-put .opblock-summary-method { background: #8f4d00; }
.swagger-ui .opblock.opblock-patch .opblock-summary-method { background: #0b6a57; }
.swagger-ui .opblock.opblock-delete .opblock-summary-method { background: #b31212; }
.swagger-ui .json-schema-2020-12-expand-deep-button, .swagger-ui .json-schema-2020-12__attribute {
  color: #555;
}
.swagger-ui .parameter__in, .swagger-ui .prop-format, .swagger-ui .parameter__extension { color: #555; }
.swagger-ui .parameter__name.required span, .swagger-ui .parameter__name.required:after { color: #b31212; }
.swagger-ui .opblock-body, .swagger-ui .table-container, .swagger-ui .responses-inner { overflow-x: auto; }
.swagger-ui pre, .swagger-ui .opblock-summary-path {
  max-width: 100%; overflow-wrap: anywhere; white-space: pre-wrap;
}
.swagger-ui .download-contents { background: #3b4151; color: #fff; }
.swagger-ui textarea { max-width: 100%; }
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
    '/docs/try.css': (request) => tagged(STYLE, 'text/css; charset=utf-8', request, HEADERS),
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
