import type { Element } from 'domhandler';
import type { Page, PageElement } from './tree.ts';

/** Attributes that are methods of elements, by the kind of their value; a missing one is ''. */
const TEXTS = (
  'abbr accept acceptCharset action align allowfullscreen alt autocapitalize autocomplete axis ' +
  'cite content coords crossOrigin dateTime dirName download encoding enctype event formAction ' +
  'formEnctype formMethod formTarget headers href hreflang htmlFor httpEquiv icon inputmode ' +
  'integrity keytype kind label media name nonce pattern ping placeholder poster preload ' +
  'referrerPolicy rel scope sizes sorted src srcdoc srclang srcset step summary target title ' +
  'type typeMustMatch useMap value volume wrap'
).split(' ');
const SWITCHES = (
  'async autofocus autoplay checked controls default defaultMuted defer disabled formNoValidate ' +
  'hidden isMap loop multiple muted noModule noValidate readOnly required reversed selected'
).split(' ');
const NUMBERS = (
  'colSpan cols height high low max maxLength min minLength optimum rowSpan rows size span ' +
  'start tabIndex width'
).split(' ');
/** Attributes with another name than their method. */
const NAMES: Record<string, string> = {
  acceptCharset: 'accept-charset',
  httpEquiv: 'http-equiv',
  htmlFor: 'for',
  defaultMuted: 'muted',
};
const FALLBACK_NUMBERS: Record<string, number> = { colSpan: 1, rowSpan: 1, span: 1 };

export function attributeMethods(page: Page, node: Element): PageElement {
  const valueOf = (method: string) => node.attribs[NAMES[method] ?? method.toLowerCase()];
  const methods: PageElement = {};
  for (const name of TEXTS) methods[name] = () => valueOf(name) ?? '';
  for (const name of SWITCHES) methods[name] = () => valueOf(name) !== undefined;
  for (const name of NUMBERS) {
    methods[name] = () => {
      const number = Number.parseInt(valueOf(name) ?? '', 10);
      return Number.isNaN(number) ? (FALLBACK_NUMBERS[name] ?? 0) : number;
    };
  }
  methods.relList = () => (valueOf('rel') ?? '').split(/\s+/).filter(Boolean);
  methods.text = () => page.$(node).text();
  return node.name === 'a' || node.name === 'area' ? { ...methods, ...addressMethods(node) } : methods;
}

/** The parts of a link's address, of which the origin may be missing. */
function addressMethods(node: Element): PageElement {
  const readHref = () => {
    const href = node.attribs.href ?? '';
    const absolute = URL.parse(href);
    return { url: absolute ?? URL.parse(href, 'http://relative'), isAbsolute: absolute !== null };
  };
  const part = (name: keyof URL, isOfOrigin: boolean) => () => {
    const { url, isAbsolute } = readHref();
    return url && (isAbsolute || !isOfOrigin) ? String(url[name]) : '';
  };
  const ofOrigin = ['host', 'hostname', 'origin', 'password', 'port', 'protocol', 'username'] as const;
  const ofPath = ['hash', 'pathname', 'search'] as const;
  return Object.fromEntries([
    ...ofOrigin.map((name) => [name, part(name, true)] as const),
    ...ofPath.map((name) => [name, part(name, false)] as const),
  ]);
}
