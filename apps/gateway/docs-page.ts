import { ENDPOINT_LIST, type Endpoint } from '../../sdk/contracts/endpoints.ts';

/** The reference as one page that needs neither scripts nor the network. */
export function createDocsPage(): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Empathic Credit System: API</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  h2 { font-size: 1.05rem; margin-top: 2.5rem; font-family: ui-monospace, monospace }
  pre { background: #f4f6f8; padding: .8rem; overflow-x: auto; font-size: .85rem; border-radius: .4rem }
  .method { display: inline-block; min-width: 3.5rem; color: #0b6 } .POST { color: #06c }
</style>
<h1>Empathic Credit System</h1>
<p>Every endpoint through the gateway. The same for machines: <a href="/openapi.json">/openapi.json</a>.</p>
${ENDPOINT_LIST.map(([, endpoint]) => sectionOf(endpoint)).join('\n')}
</html>
`;
}

const WHO: Record<Endpoint['auth'], string> = {
  none: 'Open to all.',
  bearer: 'Needs a bearer token, for what is one’s own.',
  'internal-or-bearer': 'Needs X-Internal-Key, or a bearer token for one’s own userId.',
};

function sectionOf(endpoint: Endpoint): string {
  const { body, answer } = endpoint;
  const example = body?.schema.examples?.[0] as unknown;
  const codes = Object.entries(endpoint.problems).map(([status, codes]) => `${status} ${codes.join(', ')}`);
  const problems = codes.length === 0 ? '' : ` Problems: ${escapeHtml(codes.join('; '))}.`;
  return `<section>
<h2><span class="method ${endpoint.method}">${endpoint.method}</span> ${escapeHtml(endpoint.path)}</h2>
<p>${escapeHtml(endpoint.summary)}. ${WHO[endpoint.auth]}</p>
${example === undefined ? '' : `<pre>${escapeHtml(JSON.stringify(example, null, 2))}</pre>`}
<p>${answer.status}: ${escapeHtml(answer.description)}.${problems}</p>
</section>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
