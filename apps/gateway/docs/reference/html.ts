/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | null | undefined | readonly (Html | string)[];

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template that escapes its values, but HTML. */
export function html(strings: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + toText(values[index - 1]) + string));
}

function toText(part: Part): string {
  if (part === null || part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map((inner) => toText(inner)).join('');
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Prose with `code` and [links](/docs). */
export function prose(text: string): Html {
  const escaped = toText(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\[([^\]]+)\]\((\/[\w/.#-]*|#[\w-]+)\)/g, '<a href="$2">$1</a>');
  return new Html(escaped);
}

export const code = (text: string): Html => html`<pre><code>${text.trim()}</code></pre>`;
