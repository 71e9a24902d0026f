import { parseSync } from 'oxc-parser';
import { SWAPPED_METHODS, SWAPPED_OPERATORS } from './operators.ts';
import { mutateText, nextNumber } from './text-mutants.ts';

/** A change of one place of a file. */
export interface Mutant {
  file: string;
  /** Its place, in characters. */
  start: number;
  end: number;
  replacement: string;
  /** The number of its line from 1, and the text of that line. */
  line: number;
  lineText: string;
  /** Both sides of the change, shortened. */
  change: string;
}

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

type Add = (place: { start: number; end: number }, replacement: string) => void;

/** Returns the mutants of a file, in the order of their places. Throws an Error when it does not parse. */
export function makeMutants(file: string, source: string): Mutant[] {
  const mutants: Mutant[] = [];
  const add: Add = ({ start, end }, replacement) => {
    const line = source.slice(0, start).split('\n').length;
    const lineText = (source.split('\n')[line - 1] ?? '').trim();
    const change = `${shorten(source.slice(start, end))} → ${shorten(replacement)}`;
    mutants.push({ file, start, end, replacement, line, lineText, change });
  };
  if (file.endsWith('.json')) mutateText(source.replaceAll(PROSE, blank), 0, add);
  else {
    const { program, errors } = parseSync(file, source);
    if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
    visit(program as unknown as Node, source, add);
  }
  return mutants.toSorted((a, b) => a.start - b.start);
}

/** Texts for people, in a policy document. */
const PROSE = /"(en|pt-BR|title)": .*/g;

const blank = (text: string) => ' '.repeat(text.length);

/** Types, imports and log lines do nothing that a test could see. */
function visit(node: Node, source: string, add: Add): void {
  if (node.type === 'ImportDeclaration' || isType(node) || isLog(node, source)) return;
  if (node.type === 'TaggedTemplateExpression') mutateSql(node, source, add);
  else MUTATORS[node.type]?.(node, source, add);
  for (const child of childrenOf(node)) visit(child, source, add);
}

const VALUES_OF_TYPES = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression']);

const isType = ({ type }: Node) => type.startsWith('TS') && !VALUES_OF_TYPES.has(type);

const isLog = ({ type, start }: Node, source: string) =>
  type === 'CallExpression' && /^(\w+\.)?log\??\.\w+\(/.test(source.slice(start, start + 40));

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    (Array.isArray(value) ? value : [value]).filter(
      (child): child is Node => typeof child === 'object' && child !== null && 'type' in child,
    ),
  );
}

const MUTATORS: Record<string, (node: Node, source: string, add: Add) => void> = {
  BinaryExpression: swapOperator,
  LogicalExpression: swapOperator,
  IfStatement: (node, _, add) => decide(node['test'] as Node, add),
  ConditionalExpression: (node, _, add) => decide(node['test'] as Node, add),
  UnaryExpression: (node, source, add) => {
    if (node['operator'] === '!') add(node, textOf(node['argument'] as Node, source));
  },
  Literal: (node, _, add) => {
    if (typeof node['value'] === 'boolean') add(node, String(!node['value']));
    if (typeof node['value'] === 'number') add(node, nextNumber(String(node['raw'])));
  },
  ExpressionStatement: (node, source, add) => {
    if (!isLog(node['expression'] as Node, source) && !node['directive']) add(node, ';');
  },
  CallExpression: mutateCall,
};

function swapOperator(node: Node, source: string, add: Add): void {
  const operator = String(node['operator']);
  const replacement = SWAPPED_OPERATORS[operator];
  if (!replacement) return;
  const [left, right] = [node['left'] as Node, node['right'] as Node];
  // Texts are joined with `+` only, and no test is about their words.
  if (operator === '+' && [left, right].some((side) => /^['"`]/.test(textOf(side, source)))) return;
  const start = left.end + source.slice(left.end, right.start).indexOf(operator);
  add({ start, end: start + operator.length }, replacement);
}

function decide(test: Node, add: Add): void {
  add(test, 'true');
  add(test, 'false');
}

function mutateCall(node: Node, source: string, add: Add): void {
  const callee = node['callee'] as Node;
  if (callee.type !== 'MemberExpression' || callee['computed'] === true) return;
  const [object, property] = [callee['object'] as Node, callee['property'] as Node];
  const replacement = SWAPPED_METHODS.get(textOf(property, source));
  if (replacement === undefined) return;
  if (replacement === '') add({ start: object.end, end: node.end }, '');
  else add(property, replacement);
}

/** Changes the text of a statement in SQL. */
function mutateSql(node: Node, source: string, add: Add): void {
  if (!/sql$/i.test(textOf(node['tag'] as Node, source))) return;
  const { quasis } = node['quasi'] as { quasis: (Node & { value: { raw: string } })[] };
  for (const { start, value } of quasis) mutateText(value.raw, source.indexOf(value.raw, start), add);
}

const textOf = ({ start, end }: { start: number; end: number }, source: string) => source.slice(start, end);

const shorten = (text: string) => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
};
