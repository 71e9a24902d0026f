import type { Endpoint } from '../../../../sdk/contracts/endpoint.ts';
import { ENDPOINT_LIST, type EndpointName } from '../../../../sdk/contracts/endpoints.ts';
import { problemsOf } from '../problems.ts';
import { code, type Html, html, prose } from './html.ts';
import type { Section } from './page.ts';
import { samplesOf } from './samples.ts';
import { type JsonSchema, renderMembers, type Schemas } from './schema.ts';

type Content = Record<string, { schema: JsonSchema; example?: unknown }>;

interface Operation {
  parameters?: { name: string; in: string; required: boolean; description?: string; schema: JsonSchema }[];
  requestBody?: { description: string; content: Content };
  /** Those of rejections are references. */
  responses: Record<string, { content?: Content }>;
}

/** The OpenAPI document, as far as the reference reads it. */
interface ApiDocument {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, unknown> };
}

/** The endpoints by tag; those of operators apart. */
export function endpointSections(document: ApiDocument, isMeant: (endpoint: Endpoint) => boolean): Section[] {
  const schemas = document.components.schemas as Schemas;
  return document.tags.flatMap(({ name: tag, description }) => {
    const entries = ENDPOINT_LIST.filter(([, endpoint]) => endpoint.tag === tag && isMeant(endpoint));
    if (entries.length === 0) return [];
    return [
      {
        id: tag,
        title: `${tag.slice(0, 1).toUpperCase()}${tag.slice(1)}`,
        entries: entries.map(([name, { summary }]) => ({ id: name, title: summary })),
        body: html`<p>${description}</p>${entries.map(([name, endpoint]) =>
          renderEndpoint(name, endpoint, operationOf(document, endpoint), schemas),
        )}`,
      },
    ];
  });
}

const operationOf = ({ paths }: ApiDocument, { path, method }: Endpoint) =>
  paths[path]?.[method.toLowerCase()] as Operation;

function renderEndpoint(
  name: EndpointName,
  endpoint: Endpoint,
  operation: Operation,
  schemas: Schemas,
): Html {
  const { status, description } = endpoint.response;
  const response = operation.responses[String(status)]?.content?.['application/json'];
  return html`<article aria-labelledby="${name}"><h3 id="${name}">${endpoint.summary}</h3>
<p><span class="method">${endpoint.method}</span> <code>${endpoint.path}</code></p>
<p class="soft">${identityOf(endpoint)}</p>
${renderParameters(operation, schemas)}
${renderBody(operation, schemas)}
<h4>${status}: ${description}</h4>
${response ? renderMembers(response.schema, schemas) : null}
${response ? code(JSON.stringify(response.example, null, 2)) : null}
<h4>Rejections</h4>
<p>${rejectionsOf(endpoint)}</p>
<h4>Samples</h4>
${samplesOf(name, endpoint).map(([language, text]) => renderSample(language, text, endpoint))}
</article>`;
}

function renderSample(language: string, text: string, { summary }: Endpoint): Html {
  return html`<details class="sample"><summary>${language}<span class="hidden">:
${summary}</span></summary>${code(text)}</details>`;
}

function rejectionsOf(endpoint: Endpoint): (Html | string)[] {
  return Object.entries(problemsOf(endpoint)).flatMap(([status, codes], index) => [
    html`${index === 0 ? '' : '; '}${status} `,
    ...codes.map(
      (word, place) => html`${place === 0 ? '' : ', '}<a href="/docs#${word}"><code>${word}</code></a>`,
    ),
  ]);
}

function identityOf({ auth, scope, roles }: Endpoint): string {
  const ofPartner = scope ? `; a partner's with the scope ${scope}` : '';
  const texts = {
    none: 'Without credentials.',
    bearer: "A customer's token.",
    'bearer-or-ticket': "A customer's token, or a ticket.",
    'internal-or-bearer': `A customer's token${ofPartner}; or the internal key.`,
    operator: `An operator's token, role ${(roles ?? []).join(' or ')}${ofPartner}.`,
    partner: `A partner's token with the scope ${scope}.`,
  };
  return roles?.includes('viewer') ? `An operator's token, any role${ofPartner}.` : texts[auth];
}

function renderParameters({ parameters = [] }: Operation, schemas: Schemas): Html | null {
  if (parameters.length === 0) return null;
  const properties = Object.fromEntries(
    parameters.map(({ name, in: place, description, schema }) => {
      const text = [`in the ${place}`, description ?? schema.description ?? ''].filter((part) => part !== '');
      return [name, { ...schema, description: text.join(': ') }];
    }),
  );
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  return html`<h4>Parameters</h4>${renderMembers({ properties, required }, schemas)}`;
}

function renderBody({ requestBody }: Operation, schemas: Schemas): Html | null {
  const [entry] = Object.entries(requestBody?.content ?? {});
  if (!requestBody || !entry) return null;
  const [type, { schema, example }] = entry;
  const shown = example === undefined ? null : code(JSON.stringify(example, null, 2));
  return html`<h4>Body: ${type}</h4><p>${prose(requestBody.description)}</p>
${renderMembers(schema, schemas)}${shown}`;
}
