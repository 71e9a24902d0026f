import { type AnyNode, type Element, isTag } from 'domhandler';
import type { Page, PageElement, Wrap } from './tree.ts';

const FIELDS = 'input, select, button, textarea, fieldset, object, output';

/** The methods of forms and of their fields, by tag. */
export function formMethods(page: Page, node: Element, wrap: Wrap): PageElement {
  const { $ } = page;
  const find = (selector: string) => $(node).find(selector).toArray().filter(isTag);
  const options = () => find('option');
  switch (node.name) {
    case 'form':
      return {
        elements: () => find(FIELDS).map(wrap),
        length: () => find(FIELDS).length,
        method: () => (node.attribs.method?.toLowerCase() === 'post' ? 'post' : 'get'),
        target: () => node.attribs.target ?? '_self',
      };
    case 'select':
      return { ...fieldMethods(page, node, wrap), ...selectMethods(page, node, options, wrap) };
    case 'option':
      return { ...fieldMethods(page, node, wrap), ...optionMethods(page, node) };
    case 'datalist':
      return { options: () => options().map(wrap) };
    case 'fieldset':
      return {
        ...fieldMethods(page, node, wrap),
        elements: () => find(FIELDS).map(wrap),
        type: () => 'fieldset',
        validity: () => undefined,
      };
    case 'button':
      return { ...fieldMethods(page, node, wrap), type: () => node.attribs.type ?? 'submit' };
    case 'input':
      return { ...fieldMethods(page, node, wrap), type: () => node.attribs.type ?? 'text' };
    case 'textarea':
      return {
        ...fieldMethods(page, node, wrap),
        value: () => page.innerHtml(node),
        length: () => $(node).text().length,
        type: () => 'textarea',
      };
    case 'output':
      return {
        ...fieldMethods(page, node, wrap),
        defaultValue: () => $(node).text(),
        value: () => $(node).text(),
      };
    default:
      return minorMethods(page, node, wrap);
  }
}

/** The methods of tags that forms seldom have. */
function minorMethods(page: Page, node: Element, wrap: Wrap): PageElement {
  const { $ } = page;
  switch (node.name) {
    case 'audio':
    case 'video':
      return { textTracks: () => $(node).find('track').toArray().map(wrap) };
    case 'progress':
    case 'meter':
      return { ...fieldMethods(page, node, wrap), ...progressMethods(node) };
    case 'label':
      return { ...fieldMethods(page, node, wrap), control: () => wrap(controlOf(page, node)) };
    case 'keygen':
    case 'legend':
    case 'object':
      return fieldMethods(page, node, wrap);
    case 'map':
      return {
        areas: () => $(node).find('area').toArray().map(wrap),
        images: () => findWith(page, 'img', 'usemap', `#${node.attribs.name ?? ''}`).map(wrap),
      };
    default:
      return {};
  }
}

/** A page may have any text in its attributes: none becomes a part of a selector. */
const findWith = ({ $ }: Page, tag: string, attribute: string, value: string): AnyNode[] =>
  $(tag)
    .filter((_, element) => $(element).attr(attribute) === value)
    .toArray();

function fieldMethods(page: Page, node: Element, wrap: Wrap): PageElement {
  const { $ } = page;
  const form = (): AnyNode | undefined => {
    const { form: id } = node.attribs;
    return id === undefined ? $(node).closest('form').get(0) : findWith(page, 'form', 'id', id)[0];
  };
  const labels = () => {
    const { id } = node.attribs;
    const named = id === undefined ? [] : findWith(page, 'label', 'for', id);
    return [...new Set([...$(node).closest('label').toArray(), ...named])].map(wrap);
  };
  return { form: () => wrap(form()), labels };
}

const controlOf = (page: Page, label: Element): AnyNode | undefined =>
  label.attribs.for === undefined
    ? page.$(label).find('input, select, button, textarea, output, meter, progress').get(0)
    : findWith(page, '*', 'id', label.attribs.for)[0];

function selectMethods(page: Page, node: Element, options: () => Element[], wrap: Wrap): PageElement {
  const isMultiple = 'multiple' in node.attribs;
  const selected = () => {
    const marked = options().filter((option) => 'selected' in option.attribs);
    // Without a mark the first option of a list is the selected one.
    return isMultiple || marked.length > 0 ? marked : options().slice(0, 1);
  };
  return {
    length: () => options().length,
    options: () => options().map(wrap),
    selectedIndex: () => options().indexOf(selected()[0] as Element),
    selectedOptions: () => selected().map(wrap),
    size: () => Number(node.attribs.size ?? (isMultiple ? 4 : 1)),
    type: () => (isMultiple ? 'select-multiple' : 'select-one'),
    value: () => selected().map((option) => option.attribs.value ?? page.$(option).text())[0] ?? '',
  };
}

const optionMethods = ({ $ }: Page, node: Element): PageElement => ({
  disabled: () => 'disabled' in node.attribs || $(node).closest('optgroup[disabled]').length > 0,
  index: () => $(node).closest('select, datalist').find('option').toArray().indexOf(node),
  label: () => node.attribs.label ?? $(node).text(),
  text: () => $(node).text(),
  value: () => node.attribs.value ?? $(node).text(),
});

function progressMethods(node: Element): PageElement {
  const number = (name: string, fallback: number) => {
    const value = Number(node.attribs[name] ?? fallback);
    return Number.isFinite(value) ? value : fallback;
  };
  return {
    max: () => number('max', 1),
    value: () => number('value', 0),
    position: () => ('value' in node.attribs ? number('value', 0) / number('max', 1) : -1),
  };
}
