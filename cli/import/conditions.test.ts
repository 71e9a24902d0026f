import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { DAY, importOf } from '../../tests/cli/import-of.ts';
import { isLeftOut, placesOf } from './conditions.ts';
import { readFields } from './fields.ts';
import { readLayout } from './layout.ts';
import { createRecordReader } from './records.ts';

const ROWS = `Datum,"Af Bij",Bedrag,Noot
${DAY},Af,5.50,a
${DAY},Bij,100.00,b
${DAY},AF,6.50,c
${DAY},Retour,7.50,d
${DAY},,8.50,e
${DAY},Af,-9.50,f
Totaal,,,
`;
const MAP = ['Datum=occurredAt', 'Bedrag=amount'];

test('a word says the direction of an amount; another word, none, or a sign beside it is refused by name', async () => {
  const flags = { map: MAP, direction: 'af bij=Af,Bij' };
  const { amounts, output, file } = await importOf('direction.csv', ROWS, flags);
  expect(amounts).toEqual([5.5, 6.5]);
  expect(output).toContain('2 accepted, 3 rejected, 2 left out');
  expect(output).toContain(':5: af bij is Retour, which --direction does not name (Af, Bij)');
  expect(output).toContain(':6: af bij is empty');
  expect(output).toContain(':7: amount -9.50 has a sign beside its direction');
  expect(output).toContain('the column Noot is left out');
  // The rejected rows keep the column of the condition, to be corrected and imported as they are.
  const rejects = readFileSync(`${file}.rejected.ndjson`, 'utf8');
  const corrected = rejects.replaceAll('Retour', 'Af').replaceAll(',,8', ',Bij,8').replaceAll('-9', '9');
  const again = await importOf('direction.ndjson', corrected);
  expect(again).toMatchObject({ amounts: [7.5, 9.5], error: null });
});

test('several words may say the same', async () => {
  const rows = 'Type,amount\nCARD,5\nFEE,6\nTOPUP,7\nEXCHANGE,8\n';
  const { amounts, output } = await importOf('words.csv', rows, { direction: 'Type=CARD|FEE,TOPUP' });
  expect(amounts).toEqual([5, 6]);
  expect(output).toContain(':5: Type is EXCHANGE, which --direction does not name (CARD, FEE, TOPUP)');
});

test('rows that --only leaves out are counted by their word, so that a wrong word is seen', async () => {
  const rows = 'State,Kind,amount\nDONE,a,5\nDone,b,6\nREVERTED,a,7\nREVERTED,c,8\n,a,9\n';
  const state = await importOf('only.csv', rows, { only: ['State=DONE'] });
  expect(state).toMatchObject({ amounts: [5, 6], error: null });
  expect(state.output).toContain('left out by --only: 2 with State=REVERTED, 1 with State=');
  const either = await importOf('either.csv', rows, { only: ['State=DONE', 'State=', 'Kind=a'] });
  expect(either.amounts).toEqual([5, 9]);
  const unknown = await importOf('unknown.csv', rows, { only: ['Status=DONE'] });
  expect(unknown.error).toMatchObject({ message: expect.stringContaining('no column Status'), exitCode: 2 });
  const twice = await importOf('two.csv', 'amount,State,State\n5,a,b\n', { only: ['State=a'] });
  expect(twice.error).toMatchObject({ message: expect.stringContaining('has State twice') });
  const ours = await importOf('ours.csv', 'Betrag;Konto\nx;1\n', {
    map: ['Betrag=amount'],
    only: ['Betrag=x'],
  });
  const corrected = readFileSync(`${ours.file}.rejected.ndjson`, 'utf8');
  expect(JSON.parse(corrected)).toMatchObject({ header: 'amount;', layout: { only: [{ name: 'amount' }] } });
});

test.each([
  [{ direction: 'Af Bij' }, '--direction Af Bij does not give'],
  [{ direction: 'Af Bij=Af' }, '--direction Af Bij=Af does not give'],
  [{ direction: 'Af Bij=Af,' }, 'does not give'],
  [{ direction: 'Af Bij=Af,af' }, 'does not give'],
  [{ direction: 'Af Bij=Af,Bij', spent: 'negative' }, '--spent and --direction contradict each other'],
  [{ only: ['COMPLETED'] }, '--only COMPLETED names no column'],
])('a condition that cannot be is refused by name: %j', (flags, message) => {
  expect(() => readLayout(flags, 'transactions', ['amount', 'occurredAt'])).toThrow(message);
});

test('quotes that do not fit name the flags that read them', async () => {
  const open = await importOf('open.csv', 'amount,note\n5,5" pipe\n');
  expect(open.output).toContain('is not closed: --quotes none takes it as it is, --escapes backslash');
  const rows = 'amount,note\n5,"5"" "pipe"\n6,"a \\" b\n7,5"\n';
  const { amounts, output } = await importOf('quotes.csv', rows);
  expect(amounts).toEqual([]);
  expect(output).toContain('quotes that do not fit: --quotes none');
  expect(await importOf('ordinary.csv', rows, { quotes: 'none' })).toMatchObject({ amounts: [5, 6, 7] });
});

test('a rejected line of a table with escapes is imported once it is corrected', async () => {
  const rows = 'amount,note\nx5,"a \\" , \\\n b"\n6,\\N\n';
  const { amounts, file } = await importOf('escaped.csv', rows, { escapes: 'backslash' });
  expect(amounts).toEqual([6]);
  const corrected = readFileSync(`${file}.rejected.ndjson`, 'utf8').replaceAll('x5', '5');
  expect(await importOf('escaped.ndjson', corrected)).toMatchObject({ amounts: [5], error: null });
});

/** Writes a field as MySQL's SELECT INTO OUTFILE does. */
function escaped(field: string, isEnclosed: boolean): string {
  const text = field.replace(isEnclosed ? /[\\"\n]/g : /[\\,\n]/g, '\\$&').replaceAll('\0', '\\0');
  return isEnclosed ? `"${text}"` : text;
}

test('any table is read back as MySQL writes it, enclosed or not, at any chunk', async () => {
  const unit = fc.constantFrom('a', '"', '\\', ',', '\n', '\0', 'N', 'é', ' ');
  const field = fc.string({ unit, maxLength: 6 }).map((text) => `x${text}x`);
  const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(rows, fc.boolean(), fc.integer({ min: 1, max: 9 }), async (table, isEnclosed, size) => {
      const text = table.map((row) => row.map((cell) => escaped(cell, isEnclosed)).join(',')).join('\n');
      const bytes = new TextEncoder().encode(`${text}\n`);
      async function* chunks() {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      }
      const quoting = { escapes: 'backslash', quotes: isEnclosed ? 'double' : 'none' } as const;
      const readRows: (string[] | null)[] = [];
      for await (const record of createRecordReader(chunks()).records('csv', quoting)) {
        readRows.push(readFields(record.text ?? '', ',', quoting));
      }
      expect(readRows).toEqual(table);
    }),
  );
});

test('a text counts as one of a row, also of a row that another column leaves out', () => {
  const currency = { name: 'Currency', text: 'EUR' };
  const only = [{ name: 'State', text: 'COMPLETED' }, currency];
  const header = placesOf(['State', 'Currency'], { only });
  const fitting: object[] = [];
  const causes: string[] = [];
  const tally = {
    fits: (pair: object) => void fitting.push(pair),
    leavesOut: (cause: string) => void causes.push(cause),
  };
  expect(isLeftOut(['FAILED', 'EUR'], header, { only }, tally)).toBe(true);
  expect({ fitting, causes }).toEqual({ fitting: [currency], causes: ['State=FAILED'] });
});
