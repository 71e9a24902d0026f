import { type Html, html, prose } from './html.ts';

/** JSON Schema as the document has it. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
}
export type Schemas = Record<string, JsonSchema>;

const nameOf = ({ $ref = '' }: JsonSchema) => $ref.split('/').at(-1) ?? '';
const DEPTH_MAX = 3;

/** The members of an object, with those of named objects inside. */
export function renderMembers(schema: JsonSchema, schemas: Schemas, depth = 0): Html | null {
  const { properties, required = [], items } = resolve(schema, schemas);
  if (items) return renderMembers(items, schemas, depth);
  if (!properties || depth >= DEPTH_MAX) return null;
  const members = Object.entries(properties).map(([name, member]) => {
    const need = required.includes(name) ? null : html`<span class="soft">, optional</span>`;
    const facts = factsOf(resolve(member, schemas));
    return html`<dt><code>${name}</code> <span class="soft">${typeOf(member, schemas)}</span>${need}</dt>
<dd>${facts ? prose(facts) : null}${renderMembers(arrayItem(member, schemas), schemas, depth + 1)}</dd>`;
  });
  return html`<dl>${members}</dl>`;
}

function resolve(schema: JsonSchema, schemas: Schemas): JsonSchema {
  return schema.$ref ? { ...schemas[nameOf(schema)], ...schema, $ref: '' } : schema;
}

/** An object, or null: the object. */
function arrayItem(schema: JsonSchema, schemas: Schemas): JsonSchema {
  const { anyOf } = resolve(schema, schemas);
  return anyOf?.find((option) => resolve(option, schemas).properties) ?? schema;
}

function typeOf(schema: JsonSchema, schemas: Schemas): string {
  const { type, format, enum: values, anyOf, items, const: constant } = resolve(schema, schemas);
  if (constant !== undefined) return JSON.stringify(constant);
  if (values && values.length <= 8) return values.map((value) => JSON.stringify(value)).join(' or ');
  if (anyOf) return [...new Set(anyOf.map((option) => typeOf(option, schemas)))].slice(-4).join(' or ');
  if (items) return `array of ${typeOf(items, schemas)}`;
  return format ?? (Array.isArray(type) ? type.join(' or ') : (type ?? 'any value'));
}

function factsOf({ description = '', minimum, maximum, default: usual }: JsonSchema): string {
  const range = [
    minimum === undefined ? '' : `from ${minimum}`,
    maximum === undefined ? '' : `to ${maximum}`,
  ];
  const facts = [
    description.split('\n')[0] ?? '',
    range.filter((text) => text !== '').join(' '),
    usual === undefined ? '' : `default ${JSON.stringify(usual)}`,
  ];
  return facts.filter((text) => text !== '').join('; ');
}
