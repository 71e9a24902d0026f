interface HttpFile {
  data: string | ArrayBuffer | Uint8Array;
  filename: string;
  content_type: string;
}

class FileData implements HttpFile {
  constructor(
    readonly data: HttpFile['data'],
    readonly filename: string,
    readonly content_type: string,
  ) {}
}

export function createFile(
  data: HttpFile['data'],
  filename = String(Date.now()),
  contentType = 'application/octet-stream',
): HttpFile {
  return new FileData(data, filename, contentType);
}

/** Encodes the body of a request: text and bytes as they are, objects as forms, with files as multipart. */
export function encodeBody(body: unknown): { body: string | Uint8Array | null; contentType?: string } {
  if (body === undefined || body === null) return { body: null };
  if (typeof body === 'string') return { body };
  if (body instanceof ArrayBuffer) return { body: new Uint8Array(body) };
  if (ArrayBuffer.isView(body))
    return { body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) };
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw new TypeError(`unknown request body type ${Array.isArray(body) ? 'array' : typeof body}`);
  }
  // Sorted by name, as k6 sends them.
  const fields = Object.entries(body).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (fields.some(([, value]) => value instanceof FileData)) return multipart(fields);
  const pairs = fields.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((item) => `${queryText(name)}=${queryText(formText(item))}`),
  );
  return { body: pairs.join('&'), contentType: 'application/x-www-form-urlencoded' };
}

/** As Go prints a value, which is what k6 sends: `<nil>`, `map[a:1]`, `[1 2]`. */
function formText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(formText).join(' ')}]`;
  if (value instanceof Date)
    return `${value
      .toISOString()
      .replace('T', ' ')
      .replace(/(\.000)?Z/, '')} +0000 UTC`;
  if (typeof value !== 'object') return typeof value === 'string' ? value : JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${formText(item)}`).join(' ')}]`;
}

/** A text in a query: only letters, digits and `-_.~` stay, a space is a plus. */
const queryText = (text: string) =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

/** A name within the quotes of a header. */
const quotedName = (name: string) =>
  name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

function multipart(fields: [string, unknown][]): { body: Uint8Array; contentType: string } {
  const boundary = `ecs-load-${crypto.randomUUID()}`;
  const parts: Buffer[] = [];
  for (const [name, value] of fields) {
    const isFile = value instanceof FileData;
    const fileHeaders = isFile
      ? `; filename="${quotedName(value.filename)}"\r\nContent-Type: ${value.content_type}`
      : '';
    const data = isFile ? value.data : formText(value);
    parts.push(
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${quotedName(name)}"${fileHeaders}\r\n\r\n`,
      ),
      typeof data === 'string' ? Buffer.from(data) : Buffer.from(data as Uint8Array),
      Buffer.from('\r\n'),
    );
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return {
    body: Uint8Array.from(Buffer.concat(parts)),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}
