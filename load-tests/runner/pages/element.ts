import { type AnyNode, type Element, isTag } from 'domhandler';
import { attributeMethods } from './attributes.ts';
import { formMethods } from './form-elements.ts';
import { select } from './select.ts';
import { tableMethods } from './table-elements.ts';
import type { Page, PageElement, Wrap } from './tree.ts';

const nodes = new WeakMap<object, AnyNode>();
const elements = new WeakMap<AnyNode, PageElement>();

/** Returns the node of an element that a script holds. */
export const nodeOf = (element: object): AnyNode | undefined => nodes.get(element);

/** Returns the element of a node, always the same. */
export function createElement(page: Page, node: AnyNode): PageElement {
  const existing = elements.get(node);
  if (existing) return existing;
  const wrap: Wrap = (related) => (related ? createElement(page, related) : undefined);
  const element: PageElement = {
    ...(isTag(node) ? tagMethods(page, node, wrap) : {}),
    ...treeMethods(page, node, wrap),
    ...(isTag(node) ? ownMethods(page, node, wrap) : {}),
  };
  elements.set(node, element);
  nodes.set(element, node);
  return element;
}

const tagMethods = (page: Page, node: Element, wrap: Wrap): PageElement => ({
  ...attributeMethods(page, node),
  ...formMethods(page, node, wrap),
  ...tableMethods(page, node, wrap),
});

const NODE_NAMES: Record<string, string> = { text: '#text', comment: '#comment', root: '#document' };
const NODE_TYPES: Record<string, number> = { text: 3, comment: 8, root: 9, directive: 10 };

function childrenOf(node: AnyNode): AnyNode[] {
  return 'children' in node ? node.children : [];
}

/** The methods of every node: its place in the tree. */
function treeMethods({ $ }: Page, node: AnyNode, wrap: Wrap): PageElement {
  const childElements = () => childrenOf(node).filter(isTag);
  const sibling = (step: 'next' | 'prev') => {
    let neighbor = node[step];
    while (neighbor && !isTag(neighbor)) neighbor = neighbor[step];
    return wrap(neighbor);
  };
  const text = () => ('data' in node ? node.data : $(node).text());
  return {
    childElementCount: () => childElements().length,
    childNodes: () => childrenOf(node).map(wrap),
    children: () => childElements().map(wrap),
    contains: (element: object) => {
      for (let other = nodes.get(element) ?? null; other; other = other.parent)
        if (other === node) return true;
      return false;
    },
    firstChild: () => wrap(childrenOf(node)[0]),
    firstElementChild: () => wrap(childElements()[0]),
    hasChildNodes: () => childrenOf(node).length > 0,
    isEqualNode: (element: object) => $.html(nodes.get(element) as never) === $.html(node as never),
    isSameNode: (element: object) => nodes.get(element) === node,
    lastChild: () => wrap(childrenOf(node).at(-1)),
    lastElementChild: () => wrap(childElements().at(-1)),
    nextElementSibling: () => sibling('next'),
    nextSibling: () => wrap(node.next),
    nodeName: () => (isTag(node) ? node.name : (NODE_NAMES[node.type] ?? '')),
    nodeType: () => (isTag(node) ? 1 : NODE_TYPES[node.type]),
    nodeValue: () => ('data' in node ? node.data : undefined),
    ownerDocument: () => wrap($.root().get(0)),
    parentElement: () => wrap(node.parent && isTag(node.parent) ? node.parent : null),
    parentNode: () => wrap(node.parent),
    previousElementSibling: () => sibling('prev'),
    previousSibling: () => wrap(node.prev),
    textContent: text,
    toString: () => (isTag(node) ? `[object html.Node]` : text()),
  };
}

const NAMESPACE = 'http://www.w3.org/1999/xhtml';

/** The methods of an element: its attributes and its content. */
function ownMethods({ $, innerHtml }: Page, node: Element, wrap: Wrap): PageElement {
  const attribute = (name: string) => {
    const value = node.attribs[name];
    if (value === undefined) return undefined;
    const [prefix, local] = name.includes(':') ? name.split(':') : ['', name];
    const methods = { localName: () => local, namespaceURI: () => '', prefix: () => prefix };
    return { name, value, ownerElement: wrap(node), ...methods };
  };
  const find = (selector: string) => select([selector], (accepted) => $(node).find(accepted).toArray());
  return {
    attributes: () => Object.fromEntries(Object.keys(node.attribs).map((name) => [name, attribute(name)])),
    classList: () => (node.attribs.class ?? '').split(/\s+/).filter(Boolean),
    className: () => node.attribs.class,
    getAttribute: (name: string) => node.attribs[name],
    getAttributeNode: attribute,
    getElementsByClassName: (name: string) => find(name.trim().replace(/^|\s+/g, '.')).map(wrap),
    getElementsByTagName: (name: string) => find(name).map(wrap),
    hasAttribute: (name: string) => name in node.attribs,
    hasAttributes: () => Object.keys(node.attribs).length > 0,
    id: () => node.attribs.id ?? '',
    innerHTML: () => innerHtml(node),
    isDefaultNamespace: () => (node.namespace ?? NAMESPACE) === NAMESPACE,
    lang: () => node.attribs.lang,
    matches: (selector: string) => select([selector], (accepted) => $(node).is(accepted)),
    namespaceURI: () => node.namespace ?? '',
    querySelector: (selector: string) => wrap(find(selector)[0]),
    querySelectorAll: (selector: string) => find(selector).map(wrap),
  };
}
