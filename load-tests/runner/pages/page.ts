import type { AnyNode } from 'domhandler';
import type { Selection } from './selection.ts';

/** Reads an HTML document for `k6/html`. The libraries are loaded with the first: they cost 25 MB. */
export function parsePage(html: string): Selection {
  const { load } = require('cheerio/slim') as typeof import('cheerio/slim');
  const { parse, serialize } = require('parse5') as typeof import('parse5');
  const { adapter } = require('parse5-htmlparser2-tree-adapter') as Adapter;
  const { createSelection } = require('./selection.ts') as typeof import('./selection.ts');
  const $ = load(parse(html, { treeAdapter: adapter }));
  const innerHtml = (node: AnyNode): string => serialize(node as never, { treeAdapter: adapter });
  return createSelection({ $, innerHtml }, $.root());
}

type Adapter = typeof import('parse5-htmlparser2-tree-adapter');
