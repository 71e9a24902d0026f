import { canonicalName } from '../exchange.ts';
import { SocketError } from './tcp.ts';

/** The head of a response of HTTP/1.x. */
export interface ResponseHead {
  status: number;
  statusText: string;
  /** By their canonical names, in the order in which fetch has them. */
  headers: Record<string, string>;
  setCookies: string[];
  /** Undefined without one. */
  contentLength: number | undefined;
  isChunked: boolean;
  /** Whether the connection may be used again, as the server says. */
  keepAlive: boolean;
}

interface Field {
  lower: string;
  /** Its canonical name. */
  name: string;
  value: string;
  rank: string;
}

/** The headers that frame a response. */
const SPECIAL = new Set(['connection', 'content-length', 'transfer-encoding']);

const STATUS_LINE = /^HTTP\/1\.(\d) +(\d{3})(?: +(.*)|)$/s;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
const HEADERS_MAX = 256;
/** The least bytes of a head, as `HTTP/1.1 200` and its lines' ends; fewer do not show their kind. */
export const SHORTEST = 16;

/** Returns the place behind the empty line that ends a head; 0 while it has not come. */
export function endOfHead(text: string): number {
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (text[at + 1] === '\n') return at + 2;
    if (text[at + 1] === '\r' && text[at + 2] === '\n') return at + 3;
  }
  return 0;
}

/** Throws a SocketError when the whole lines of an unfinished head show that it never will be one. */
export function checkUnfinished(text: string): void {
  const end = text.lastIndexOf('\n');
  if (end !== -1) parseHead(text.slice(0, end + 1));
  else if (!/^HTTP\/1\.\d /.test(text)) throw malformed();
}

/** Many servers send the same head again and again. Bounded because others are new each time. */
const HEADS_MAX = 50;
const headsByText = new Map<string, ResponseHead>();

/**
 * Reads the lines of a head, as Latin-1; the same object again for the same lines. Throws a SocketError with
 * fetch's code when they make none.
 */
export function parseHead(text: string): ResponseHead {
  let head = headsByText.get(text);
  if (!head) {
    // A copy: a part of the bytes that were read would keep all of them in memory.
    const copy = Buffer.from(text, 'latin1').toString('latin1');
    head = readHead(copy);
    if (headsByText.size >= HEADS_MAX) headsByText.clear();
    headsByText.set(copy, head);
  }
  return head;
}

function readHead(text: string): ResponseHead {
  const lines = text.split('\n');
  const [, minor = '', status = '', reason = ''] = STATUS_LINE.exec(lineOf(lines[0] ?? '')) ?? [];
  if (minor === '') throw malformed();
  const fields: Field[] = [];
  for (let index = 1; index < lines.length; index += 1) {
    const line = lineOf(lines[index]!);
    if (line === '') break;
    fields.push(fieldOf(line));
  }
  if (fields.length > HEADERS_MAX) throw malformed();
  const setCookies: string[] = [];
  const special: Record<string, string> = {};
  for (const { lower, value } of fields) {
    if (lower === 'set-cookie') setCookies.push(value);
    else if (SPECIAL.has(lower)) special[lower] = lower in special ? `${special[lower]},${value}` : value;
  }
  const connection = special.connection?.toLowerCase() ?? '';
  return {
    status: Number(status),
    statusText: textOf(reason),
    headers: recordOf(fields),
    setCookies,
    contentLength: lengthOf(special['content-length']),
    isChunked: /(^|,)\s*chunked\s*$/i.test(special['transfer-encoding'] ?? ''),
    keepAlive: minor === '0' ? connection.includes('keep-alive') : !connection.includes('close'),
  };
}

const malformed = () => new SocketError('Malformed_HTTP_Response');

const lineOf = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** Servers send most lines again and again. Bounded because some are new each time. */
const FIELDS_MAX = 500;
const fieldsByLine = new Map<string, Field>();

function fieldOf(line: string): Field {
  let field = fieldsByLine.get(line);
  if (!field) {
    field = parseField(line);
    if (fieldsByLine.size >= FIELDS_MAX) fieldsByLine.clear();
    fieldsByLine.set(line, field);
  }
  return field;
}

function parseField(line: string): Field {
  const at = line.indexOf(':');
  const name = line.slice(0, Math.max(0, at));
  const value = line.slice(at + 1).replace(/^[\t ]+|[\t ]+$/g, '');
  if (!NAME.test(name) || CONTROL.test(value)) throw malformed();
  const lower = name.toLowerCase();
  // Fetch has cookies behind all others.
  return { lower, name: canonicalName(name), value, rank: lower === 'set-cookie' ? '\x7f' : lower };
}

/** Sorted by name; values of one name are joined. */
function recordOf(fields: Field[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { name, value } of fields.toSorted((a, b) => (a.rank < b.rank ? -1 : Number(a.rank > b.rank)))) {
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

/** Several must be the same. */
function lengthOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [first = '', ...rest] = text.split(',');
  const isValid = /^\d+$/.test(first) && rest.every((text) => text.trim() === first);
  if (!isValid || !Number.isSafeInteger(Number(first))) throw new SocketError('InvalidContentLength');
  return Number(first);
}

/** The reason is UTF-8, as fetch takes it. */
function textOf(latin: string): string {
  // oxlint-disable-next-line no-control-regex
  return /^[\0-\x7f]*$/.test(latin) ? latin : Buffer.from(latin, 'latin1').toString();
}
