import type { CheerioAPI } from 'cheerio/slim';
import type { AnyNode } from 'domhandler';

/** The tree of a document. */
export interface Page {
  $: CheerioAPI;
  innerHtml(node: AnyNode): string;
}

/** A node of a page with the methods of `k6/html`; those of its tag among them. */
export type PageElement = Record<string, (...args: never[]) => unknown>;

/** Returns the element of a node. */
export type Wrap = (node: AnyNode | null | undefined) => PageElement | undefined;
