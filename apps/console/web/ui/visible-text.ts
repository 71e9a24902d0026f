import { options, type VNode } from 'preact';

/**
 * Characters without a look of their own: they turn the direction of the text around them, make two names
 * look alike, or hide words.
 */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** Tabs and line ends, and the choice of a colored emoji. */
const KEPT = '\t\n\ufe0e\ufe0f';
/** Languages and emoji need these two between letters of theirs; among Latin letters they only hide. */
const JOINERS = '\u200c\u200d';
const PLAIN = /^[\t\n\x20-\x7e]*$/;

/** Shows the characters of a text that are not seen by their numbers: `a[U+202E]b`. */
export function visibleText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll(UNSEEN, (character, at: number) => {
    if (KEPT.includes(character)) return character;
    if (JOINERS.includes(character) && isForeign(text[at - 1]) && isForeign(text[at + 1])) return character;
    const hex = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    return `[U+${hex}]`;
  });
}

const isForeign = (character = '') => character > '\u007f' && !/\s/.test(character);

const SHOWN_PROPS = ['title', 'aria-label', 'alt', 'placeholder'];

/** From now on no page draws characters that are not seen. Typed values stay as they are. */
export function showUnseenCharacters(): void {
  const before = options.vnode;
  options.vnode = (vnode: VNode) => {
    if (typeof vnode.type === 'string') {
      const props = vnode.props as Record<string, unknown>;
      props.children = shown(props.children);
      for (const name of SHOWN_PROPS) if (name in props) props[name] = shown(props[name]);
    }
    before?.(vnode);
  };
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return visibleText(value);
  return Array.isArray(value) ? value.map(shown) : value;
}
