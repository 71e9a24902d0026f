import type { Cheerio } from 'cheerio/slim';
import { type AnyNode, isTag } from 'domhandler';
import { createElement, nodeOf } from './element.ts';
import { select } from './select.ts';
import type { Page, PageElement } from './tree.ts';

/** Elements of a page, as `k6/html` has them: the methods of jQuery, `size()` in the place of `length`. */
export interface Selection extends Record<Traversal, (...args: unknown[]) => Selection> {
  size(): number;
  single(selector: unknown): Selection;
  eq(index: number): Selection;
  slice(start: number, end?: number): Selection;
  filter(test: unknown): Selection;
  not(test: unknown): Selection;
  is(test: unknown): boolean;
  get(index: number): PageElement | undefined;
  toArray(): Selection[];
  each(handler: (index: number, element: PageElement) => void): Selection;
  map(mapper: (index: number, selection: Selection) => unknown): unknown[];
  attr(name: string, fallback?: string): string | undefined;
  data(key?: string, fallback?: unknown): unknown;
  html(): string | undefined;
  text(): string;
  val(): unknown;
  serializeArray(): { name: string; value: string }[];
  serializeObject(): Record<string, string>;
  serialize(): string;
}

const TRAVERSALS = [
  ...(['children', 'closest', 'contents', 'find', 'first', 'has', 'last', 'add', 'end', 'siblings'] as const),
  ...(['next', 'nextAll', 'nextUntil', 'parent', 'parents', 'parentsUntil'] as const),
  ...(['prev', 'prevAll', 'prevUntil'] as const),
];
type Traversal = (typeof TRAVERSALS)[number];
type Nodes = Cheerio<AnyNode>;
type Walk = Record<string, (...args: unknown[]) => Nodes>;

const nodesBySelection = new WeakMap<object, Nodes>();

export function createSelection(page: Page, nodes: Nodes): Selection {
  const wrap = (selected: Nodes) => createSelection(page, selected);
  const walks = TRAVERSALS.map((name) => {
    const walk = (...args: unknown[]) =>
      wrap(select(args.map(argument), (...tests) => (nodes as unknown as Walk)[name]!(...tests)));
    return [name, walk] as const;
  });
  const selection: Selection = {
    ...(Object.fromEntries(walks) as Record<Traversal, (...args: unknown[]) => Selection>),
    ...createReaders(page, nodes),
    size: () => nodes.length,
    single: (selector) => wrap(select([argument(selector) as string], (test) => nodes.find(test).first())),
    eq: (index) => wrap(nodes.eq(index)),
    slice: (start, end) => wrap(nodes.slice(start, end)),
    filter: (test) => wrap(select([testOf(page, test)], (accepted) => nodes.filter(accepted))),
    not: (test) => wrap(select([testOf(page, test)], (accepted) => nodes.not(accepted))),
    is: (test) => select([testOf(page, test)], (accepted) => nodes.is(accepted)),
    get(index) {
      const node = nodes.get(index);
      return node && createElement(page, node);
    },
    toArray: () => nodes.toArray().map((node) => wrap(page.$(node))),
    each(handler) {
      requireFunction('each', handler);
      for (const [index, node] of nodes.toArray().entries()) handler(index, createElement(page, node));
      return selection;
    },
    map(mapper) {
      requireFunction('map', mapper);
      return nodes.toArray().map((node, index) => mapper(index, wrap(page.$(node))));
    },
  };
  nodesBySelection.set(selection, nodes);
  return selection;
}

/** The methods that read the first element, or a form. */
function createReaders(page: Page, nodes: Nodes) {
  const fields = () => nodes.serializeArray();
  return {
    attr: (name: string, fallback?: string) => nodes.attr(name) ?? fallback,
    data: (key?: string, fallback?: unknown) =>
      key === undefined ? nodes.data() : (nodes.data(camelCase(key)) ?? fallback),
    html() {
      const node = nodes.get(0);
      return node && page.innerHtml(node);
    },
    text: () => nodes.text(),
    val: () => valueOf(page, nodes),
    serializeArray: fields,
    serializeObject: () => Object.fromEntries(fields().map(({ name, value }) => [name, value])),
    serialize() {
      const query = new URLSearchParams(fields().map(({ name, value }): [string, string] => [name, value]));
      query.sort();
      return query.toString();
    },
  };
}

const camelCase = (key: string) => key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Selections and elements of a script as the library's own. */
function argument(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'object') return nodesBySelection.get(value) ?? nodeOf(value) ?? rejectSelector(value);
  return typeof value === 'string' ? value : rejectSelector(value);
}

function rejectSelector(value: unknown): never {
  throw new TypeError(`invalid argument: cannot use a ${typeof value} as a selector`);
}

function testOf(page: Page, test: unknown) {
  const isFunction = typeof test === 'function';
  if (!isFunction) return argument(test) as string;
  const call = test as (index: number, selection: Selection) => unknown;
  const accepts = (index: number, node: AnyNode) => Boolean(call(index, createSelection(page, page.$(node))));
  // The library takes a function in the place of a selector, which its types say by overloads.
  return accepts as unknown as string;
}

function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`the argument to ${name}() must be a function`);
}

function valueOf(page: Page, nodes: Nodes): unknown {
  const node = nodes.get(0);
  if (!node || !isTag(node)) return undefined;
  const optionValue = (option: AnyNode | undefined) =>
    option && isTag(option) ? (option.attribs.value ?? page.innerHtml(option)) : '';
  switch (node.name) {
    case 'textarea':
      return page.innerHtml(node);
    case 'option':
      return optionValue(node);
    case 'select': {
      const selected = nodes.first().find('option[selected]').toArray();
      return 'multiple' in node.attribs ? selected.map(optionValue) : optionValue(selected[0]);
    }
    default:
      return node.attribs.value;
  }
}
