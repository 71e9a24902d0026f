import { type Element, isTag } from 'domhandler';
import type { Page, PageElement, Wrap } from './tree.ts';

/** The methods of tables, their sections, rows and cells, by tag. */
export function tableMethods({ $ }: Page, node: Element, wrap: Wrap): PageElement {
  const children = (selector: string) => $(node).children(selector).toArray();
  const placeIn = (selector: string, list: string) =>
    $(node).closest(selector).find(list).toArray().filter(isTag).indexOf(node);
  switch (node.name) {
    case 'table':
      return {
        caption: () => wrap(children('caption')[0]),
        rows: () => $(node).find('tr').toArray().map(wrap),
        tBodies: () => children('tbody').map(wrap),
        tFoot: () => wrap(children('tfoot')[0]),
        tHead: () => wrap(children('thead')[0]),
      };
    case 'thead':
    case 'tbody':
    case 'tfoot':
      return { rows: () => children('tr').map(wrap) };
    case 'tr':
      return {
        cells: () => children('td, th').map(wrap),
        rowIndex: () => placeIn('table', 'tr'),
        sectionRowIndex: () => placeIn('thead, tbody, tfoot', 'tr'),
      };
    case 'td':
    case 'th':
      return { cellIndex: () => placeIn('tr', 'td, th') };
    default:
      return {};
  }
}
