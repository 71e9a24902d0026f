import { Kind, OptionalKind, type TSchema } from '@sinclair/typebox';

/**
 * Prints the types of a contract's schemas as plain declarations, so that users of the SDK need no schema
 * library to read them: `EmotionMetrics` -> `export interface EmotionMetrics { positivity: number; … }`.
 * Throws for a kind of schema that the contracts did not have so far.
 */
export function declareTypes(contract: Record<string, unknown>): string {
  const schemas = Object.entries(contract).filter((entry): entry is [string, TSchema] => isSchema(entry[1]));
  // A schema within another is recognized by its content: it may be a copy.
  const nameOf = new Map(
    schemas
      .filter(([, schema]) => isNamedWithin(schema))
      .map(([name, schema]) => [fingerprint(schema), name]),
  );
  const declarations = schemas.map(([name, schema]) => {
    const text = typeText(schema, nameOf, true);
    const head = commentOf(schema, '');
    return schema[Kind] === 'Object'
      ? `${head}export interface ${name} ${text}\n`
      : `${head}export type ${name} = ${text};\n`;
  });
  return declarations.join('\n');
}

/**
 * Returns the declarations of a module that need no schema, and are not among those of its schemas:
 * interfaces, and words with their types.
 */
export function plainDeclarations(text: string, ofSchemas: string): string {
  const statements = text.split(/^(?=\/\*\*|export |declare |import |\/\/)/m);
  const kept = statements.filter((statement, index) => {
    const code = statement.startsWith('/**') ? (statements[index + 1] ?? '') : statement;
    const [, name = ''] = /^export (?:interface|type) (\w+)/.exec(code) ?? [];
    if (name !== '' && new RegExp(`^export (interface|type) ${name} `, 'm').test(ofSchemas)) return false;
    const isWords = /^export declare const \w+: readonly \[["']/.test(code);
    return name === '' ? isWords : !/\b(Static|Type)\b/.test(code);
  });
  return kept.join('');
}

function isSchema(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Kind in value;
}

/** Types worth a name at their place of use: not a plain string or number. */
function isNamedWithin(schema: TSchema): boolean {
  return schema[Kind] === 'Object' || schema[Kind] === 'Union';
}

const fingerprint = (schema: TSchema): string => JSON.stringify({ ...schema, description: undefined });

function typeText(schema: TSchema, nameOf: Map<string, string>, isDeclaration = false): string {
  const name = nameOf.get(fingerprint(schema));
  if (name && !isDeclaration) return name;
  const within = (part: TSchema) => typeText(part, nameOf);
  switch (schema[Kind]) {
    case 'String':
      return 'string';
    case 'Number':
    case 'Integer':
      return 'number';
    case 'Boolean':
      return 'boolean';
    case 'Null':
      return 'null';
    case 'Unknown':
      return 'unknown';
    case 'Literal':
      return JSON.stringify(schema.const);
    case 'Array': {
      const items = schema.items as TSchema;
      const isUnion = items[Kind] === 'Union' && !nameOf.has(fingerprint(items));
      return isUnion ? `(${within(items)})[]` : `${within(items)}[]`;
    }
    case 'Record': {
      const values = Object.values(schema.patternProperties as Record<string, TSchema>);
      return `{ [name: string]: ${values.map(within).join(' | ')} }`;
    }
    case 'Union':
      return (schema.anyOf as TSchema[]).map(within).join(' | ');
    case 'Object':
      if (schema.additionalProperties === true) return '{ [name: string]: unknown }';
      return objectText(schema.properties as Record<string, TSchema>, within);
    default:
      throw new Error(`no declaration for a schema of kind ${schema[Kind]}`);
  }
}

function objectText(properties: Record<string, TSchema>, within: (part: TSchema) => string): string {
  const lines = Object.entries(properties).map(([name, property]) => {
    const text = within(property).replaceAll('\n', '\n  ');
    // An absent property may be undefined too: JSON and queries leave it out.
    const [mark, absent] = OptionalKind in property ? ['?', ' | undefined'] : ['', ''];
    return `${commentOf(property, '  ')}  ${name}${mark}: ${text}${absent};`;
  });
  return `{\n${lines.join('\n')}\n}`;
}

function commentOf({ description }: TSchema, indent: string): string {
  return description ? `${indent}/** ${description} */\n` : '';
}
