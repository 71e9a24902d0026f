import { expect, test } from 'bun:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { CliError } from '../ui/output.ts';
import { type Header, numberOf, readCells, readHeader, rowOf } from './csv.ts';
import { readFields } from './fields.ts';
import { formatOf, toUtf8 } from './input.ts';
import { eventIdAt } from './journal.ts';
import type { Layout } from './layout.ts';
import { createRecordReader, type Format, type InputRecord } from './records.ts';

/** The text in chunks of any sizes, as a pipe may give it. */
async function* chunksOf(text: string, sizes: number[]): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

async function readAll(text: string, format: Format, sizes = [7]): Promise<InputRecord[]> {
  const records: InputRecord[] = [];
  for await (const record of createRecordReader(chunksOf(text, sizes)).records(format)) records.push(record);
  return records;
}

const quote = (field: string) =>
  /[",\n\r;]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

test('lines are counted as in the file, blank ones too, whatever their ends and however the last one ends', async () => {
  const text = ['a\r', '', '  ', 'é'.repeat(100), 'x'.repeat(300_000), 'last'].join('\n');
  const records = await readAll(text, 'ndjson', [1000]);
  expect(records.map(({ line, text }) => [line, text])).toEqual([
    [1, 'a'],
    [4, 'é'.repeat(100)],
    [5, null],
    [6, 'last'],
  ]);
});

test('any table of fields is read back from its CSV, whatever its chunks, with the line of each record', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', ' ', '1', ';'), maxLength: 8 });
  const row = fc.array(field, { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
      async (rows, sizes) => {
        const texts = rows.map((fields) => fields.map(quote).join(','));
        const records = await readAll(texts.map((text) => `${text}\n`).join(''), 'csv', sizes);
        expect(records.map(({ text }) => readFields(text ?? '', ','))).toEqual(rows);
        const lines = texts.map((text) => text.split('\n').length);
        const starts = lines.map((_, index) =>
          lines.slice(0, index).reduce((sum, length) => sum + length, 1),
        );
        expect(records.map(({ line }) => line)).toEqual(starts);
      },
    ),
  );
});

/** The fields as csv-parse reads them, the library that this parser was weighed against. */
function readByLibrary(text: string, delimiter: string): string[] | null {
  try {
    return parse(text, { delimiter, relax_column_count: true })[0] ?? [''];
  } catch {
    return null;
  }
}

test('any line is read, or refused for its quotes, as csv-parse does', () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '"', '""', ',', ';', '1'), maxLength: 10 });
  fc.assert(
    fc.property(line, fc.constantFrom(',', ';'), (text, delimiter) => {
      expect(readFields(text, delimiter)).toEqual(readByLibrary(text, delimiter));
    }),
    { numRuns: 1000 },
  );
});

test('wherever an input is left and resumed, every record is read once', async () => {
  const record = fc.string({ unit: fc.constantFrom('a', 'é', ' ', '{'), maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 12 }), fc.nat(12), async (texts, leaveAfter) => {
      const text = texts.join('\n');
      const records = await readAll(text, 'ndjson');
      const first = createRecordReader(chunksOf(text, [5]));
      const before: InputRecord[] = [];
      for await (const record of first.records('ndjson')) {
        before.push(record);
        if (before.length >= leaveAfter) break;
      }
      const second = createRecordReader(chunksOf(text, [3]));
      expect(await second.skipTo(first.place())).toBe(true);
      const after: InputRecord[] = [];
      for await (const record of second.records('ndjson')) after.push(record);
      expect([...before, ...after]).toEqual(records);
    }),
  );
});

test('an import does not resume in another input, or in a shorter one', async () => {
  const reader = createRecordReader(chunksOf('one\ntwo\nthree\n', [4]));
  await reader.records('ndjson').next();
  const place = reader.place();
  expect(await createRecordReader(chunksOf('one\ntwo\nfour\n', [4])).skipTo(place)).toBe(true);
  expect(await createRecordReader(chunksOf('ONE\ntwo\n', [4])).skipTo(place)).toBe(false);
  expect(await createRecordReader(chunksOf('on', [4])).skipTo(place)).toBe(false);
});

test('a quote that nobody closes costs its own line only', async () => {
  const text = `amount\n1\n"2\n3\n${'4\n'.repeat(50_000)}5`;
  const records = await readAll(text, 'csv', [9000]);
  expect(records.filter((record) => record.text === null)).toMatchObject([
    {
      line: 3,
      text: null,
      problem: expect.stringContaining('has a quote that is not closed: --quotes none'),
    },
  ]);
  expect(records).toHaveLength(2 + 1 + 1 + 50_000 + 1);
  expect(records.at(-1)).toEqual({ line: 50_005, text: '5' });
});

test('bytes that are no UTF-8 are one bad line', async () => {
  async function* bytes() {
    yield new Uint8Array([0x7b, 0x7d, 10, 0xff, 0xfe, 10, 0x7b, 0x7d]);
  }
  const records: InputRecord[] = [];
  for await (const record of createRecordReader(bytes()).records('ndjson')) records.push(record);
  expect(records.map(({ line, problem }) => [line, problem])).toEqual([
    [1, undefined],
    [2, 'is not valid UTF-8'],
    [3, undefined],
  ]);
});

const COLUMNS = { required: ['amount'], optional: ['occurredAt', 'userId'], time: 'occurredAt' };
const headerOf = (text: string, map: Layout['map'] = []) => readHeader(text, COLUMNS, { map });
const columnsOf = (columns: (string | null)[], delimiter = ';') => ({ columns, delimiter });
const readRow = (text: string, header: Header) => {
  const fields = readCells(text, header);
  return Array.isArray(fields) ? rowOf(fields, header) : fields;
};

test('a header is read in any order, case and delimiter; a wrong one says what is missing', () => {
  const header = columnsOf(['occurredAt', 'amount']);
  expect(headerOf('Occurred_At;"AMOUNT"')).toEqual({ ...header, leftOut: [] });
  expect(readRow('2026-11-23;42.5', header)).toEqual({ occurredAt: '2026-11-23', amount: '42.5' });
  expect(readRow(';42.5', header)).toEqual({ amount: '42.5' });
  expect(readRow('1;2;3', header)).toBe('has 3 fields, the header has 2');
  expect(headerOf('total,date')).toMatchObject({
    problem: 'the header has no column amount and has unknown columns total, date',
  });
  expect(headerOf('amount,amount')).toMatchObject({ problem: 'the header has amount twice' });
  expect([numberOf('42.50'), numberOf('1e3'), numberOf('0x1'), numberOf('42,5')]).toEqual([
    42.5,
    '1e3',
    '0x1',
    '42,5',
  ]);
});

test('a column goes by the name that --map gives it, and others are left out by name', () => {
  const map = [
    { name: 'Valor', column: 'amount' },
    { name: 'Data', column: 'occurredAt' },
    { name: 'Hora', column: 'occurredAt' },
  ];
  expect(headerOf('Data;Hora;Histórico;valor;amount;', map)).toEqual({
    ...columnsOf(['occurredAt', 'occurredAt', null, 'amount', null, null]),
    leftOut: ['Histórico', 'amount'],
  });
  expect(headerOf('Data;Valor', map)).toMatchObject({ problem: expect.stringContaining('no column Hora') });
  const header = columnsOf(['occurredAt', 'occurredAt', null, 'amount']);
  expect(readRow('23/11/2026;09:30;"a;b";42,50', header)).toEqual({
    occurredAt: '23/11/2026 09:30',
    amount: '42,50',
  });
  // A delimiter at the end of rows alone, as banks have it, and rows without a value.
  expect(readRow('23/11/2026;;;42,50;;', header)).toEqual({ occurredAt: '23/11/2026', amount: '42,50' });
  expect(readRow('23/11/2026;;;42,50;7', header)).toBe('has 5 fields, the header has 4');
  expect(readRow(';;;', header)).toBeNull();
});

test('lines end as their writer ends them: by LF, CR LF or CR alone, at any chunk', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', '\r', '\n', '\t', ' '), maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 6 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.integer({ min: 1, max: 9 }),
      async (rows, end, size) => {
        const texts = rows.map((fields) =>
          fields.map((text) => `"${text.replaceAll('"', '""')}"`).join('\t'),
        );
        const records = await readAll(texts.join(end), 'csv', [size]);
        expect(records.map(({ text }) => readFields(text ?? '', '\t'))).toEqual(rows);
        const lengths = texts.map((text) => text.split(/\r\n|\r|\n/).length);
        const starts = lengths.map((_, index) => lengths.slice(0, index).reduce((sum, n) => sum + n, 1));
        expect(records.map(({ line }) => line)).toEqual(starts);
      },
    ),
  );
});

test('a first or last field of a table may be empty, tabs apart', async () => {
  const records = await readAll('\tcalm\t\n\t\t\n', 'csv');
  expect(records.map(({ text }) => text)).toEqual(['\tcalm\t']);
});

test('a record that cannot be read comes with its bytes', async () => {
  const [open] = await readAll('"never closed\nb\n', 'csv');
  expect(new TextDecoder().decode(open?.raw)).toBe('"never closed\n');
});

test('what an input is shows in its first line, whatever its length and its chunks', async () => {
  const rejected = { line: 2, code: 'invalid_line', message: 'is too long', text: 'x'.repeat(10_000) };
  const text = `${JSON.stringify(rejected)}\n${JSON.stringify(rejected)}\n`;
  for (const sizes of [[1], [100], [100_000]]) {
    const start = await createRecordReader(chunksOf(text, sizes)).peek();
    expect(formatOf('stdin', undefined, start)).toBe('rejects');
  }
});

test('a byte order mark counts whatever the chunks of a pipe', async () => {
  for (const encoding of ['utf16le', 'utf8'] as const) {
    const bytes = Buffer.from('\uFEFFamount\n5\n', encoding);
    const whole = await Array.fromAsync(toUtf8(piecesOf(bytes, bytes.length)));
    const pieces = await Array.fromAsync(toUtf8(piecesOf(bytes, 1)));
    expect(Buffer.concat(pieces).toString()).toBe(Buffer.concat(whole).toString());
  }
  for (const short of ['', '5', '\n5'])
    expect(Buffer.concat(await Array.fromAsync(toUtf8(piecesOf(Buffer.from(short), 1)))).toString()).toBe(
      short,
    );
});

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

test('what is no text, or is one array, is refused before anything is sent', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(formatOf('f.csv', undefined, bytes('a,b'))).toBe('csv');
  expect(formatOf('-', undefined, bytes('\uFEFF {"a": 1}'))).toBe('ndjson');
  expect(formatOf('-', undefined, bytes('amount\n1'))).toBe('csv');
  expect(() => formatOf('f', undefined, new Uint8Array([0x1f, 0x8b, 8]))).toThrow('is compressed');
  expect(() => formatOf('f', undefined, new Uint8Array([0x7f, 0x45, 0]))).toThrow('f is not text');
  const pretty = new TextEncoder().encode('{\n  "amount": 5\n}\n');
  expect(() => formatOf('f', undefined, pretty)).toThrow('f is JSON over several lines');
  expect(() => formatOf('-', undefined, new Uint8Array([0x7f, 0x45, 0]))).toThrow(
    'standard input is not text',
  );
  expect(() => formatOf('f', 'ndjson', bytes('[{"a": 1}]'))).toThrow(CliError);
});

test('the id of a line is a UUIDv7 of the import, always the same, another for every line', () => {
  const importId = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
  const ids = Array.from({ length: 1000 }, (_, line) => eventIdAt(importId, line));
  expect(new Set(ids).size).toBe(1000);
  expect(eventIdAt(importId, 7)).toBe(ids[7] ?? '');
  for (const id of ids) {
    expect(id).toMatch(/^0198f3a2-7c11-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
