/** Saves a file of the browser's own. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name
    .replaceAll(/[^\w. -]+/g, '')
    .replaceAll(' ', '-')
    .toLowerCase();
  link.click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Saves rows as a file for spreadsheets. */
export const saveCsv = (title: string, rows: Rows): void =>
  saveFile(`${title}.csv`, new Blob([toCsv(rows)], { type: 'text/csv' }));

/** Returns a color of the style in sight, light, dark or of paper, for a picture: `color('plot-1')`. */
export const color = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Saves a drawn picture. */
export const savePng = (title: string, canvas: HTMLCanvasElement): void =>
  canvas.toBlob((blob) => blob && saveFile(`${title}.png`, blob), 'image/png');

type Rows = readonly (readonly (string | number)[])[];

/** The beginning of a text that a spreadsheet computes, in any width, behind characters without a look. */
const FORMULA = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;
const NUMBER = /^-?\d[\d,.]*( %)?$/;

/**
 * RFC 4180, with the mark by which spreadsheets know UTF-8. An apostrophe keeps them from computing a text at
 * the beginning of a field, or behind a separator of some countries.
 */
export function toCsv(rows: Rows): string {
  const guard = (text: string) => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);
  const field = (value: string | number) => {
    const text = typeof value === 'number' ? String(value) : value.split(';').map(guard).join(';');
    return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `\uFEFF${rows.map((row) => `${row.map(field).join(',')}\r\n`).join('')}`;
}
