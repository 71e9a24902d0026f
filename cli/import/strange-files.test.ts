import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../tests/harness/engines.ts';
import { openSource } from './input.ts';
import { DAY, importFolder, importOf } from '../../tests/cli/import-of.ts';

test('a byte order mark counts more than --encoding, as of a layout that was saved for other files', async () => {
  const flags = { map: ['Débito=amount'], encoding: 'windows-1252' };
  expect(await importOf('marked.csv', '\uFEFFDébito\n7\n', flags)).toMatchObject({ amounts: [7] });
  const utf16 = Buffer.from('\uFEFFDébito\n8\n', 'utf16le');
  expect(await importOf('marked-16.csv', utf16, flags)).toMatchObject({ amounts: [8] });
});

test('UTF-16 without its mark names the flag that reads it', async () => {
  for (const encoding of ['utf-16le', 'utf-16be']) {
    const bytes = Buffer.from('amount,note\n8,Débito €\n', 'utf16le');
    if (encoding === 'utf-16be') bytes.swap16();
    const { error } = await importOf('unmarked.csv', bytes);
    expect(error).toMatchObject({ exitCode: 2, hint: expect.stringContaining(`--encoding ${encoding}`) });
    expect(await importOf('unmarked.csv', bytes, { encoding })).toMatchObject({ amounts: [8] });
  }
});

test('a name with a decomposed letter is the same name', async () => {
  const { amounts } = await importOf('mac.csv', 'De\u0301bito\n7\n', { map: ['Débito=amount'] });
  expect(amounts).toEqual([7]);
});

test('fields may have spaces before their quotes, and a null of a database is none', async () => {
  const rows = `"amount", "occurredAt", "note"\n"5", "${DAY}", "a, b"\n6, \\N,\n`;
  const { events, error } = await importOf('spaced.csv', rows);
  expect(error).toBeNull();
  expect(events).toMatchObject([{ amount: 5, occurredAt: `${DAY}T00:00:00Z` }, { amount: 6 }]);
});

test('an amount with three digits after its only point is refused until --decimal says what it is', async () => {
  const rows = 'amount\n5.000\n1.230\n0.500\n1234.500\n';
  const refused = await importOf('thousands.csv', rows);
  expect(refused).toMatchObject({ amounts: [0.5, 1234.5], output: expect.stringContaining('--decimal') });
  expect(await importOf('point.csv', rows, { decimal: '.' })).toMatchObject({
    amounts: [5, 1.23, 0.5, 1234.5],
  });
  const grouped = await importOf('comma.csv', 'amount\n5.000\n1.230\n', { decimal: ',' });
  expect(grouped.amounts).toEqual([5000, 1230]);
});

test('a time of day that no clock shows is refused, in any zone', async () => {
  const rows = ['24:00', '23:59:60', '09:61', '25:00'].map((time) => `5,${DAY} ${time}`).join('\n');
  for (const flags of [{}, { timezone: 'Europe/Berlin' }]) {
    const { amounts, output } = await importOf('clock.csv', `amount,occurredAt\n${rows}\n`, flags);
    expect(amounts).toEqual([]);
    expect(output.match(/time of day that does not exist/g)).toHaveLength(4);
  }
});

test('what is rejected twice keeps its own text, header and layout, and is imported once it is corrected', async () => {
  const first = await importOf('twice.csv', 'Valor;a\nx5,50;\n6,50;\n', {
    map: ['Valor=amount'],
    decimal: ',',
  });
  const rejects = readFileSync(`${first.file}.rejected.ndjson`, 'utf8');
  const second = await importOf('again.ndjson', rejects);
  expect(second.amounts).toEqual([]);
  const rejectedTwice = readFileSync(`${second.file}.rejected.ndjson`, 'utf8');
  expect(JSON.parse(rejectedTwice)).toMatchObject({
    line: 1,
    text: 'x5,50;',
    header: 'amount;',
    layout: { decimal: ',' },
  });
  const third = await importOf('third.ndjson', rejectedTwice.replaceAll('x5,50', '5,50'));
  expect(third).toMatchObject({ amounts: [5.5], error: null });
});

test('--rejects never removes a link, a device or a pipe', async () => {
  const [target, link] = [join(importFolder(), 'target'), join(importFolder(), 'link')];
  writeFileSync(target, 'of an earlier import\n');
  symlinkSync(target, link);
  await importOf('linked.csv', 'amount\nx\n', { rejects: link });
  expect(readFileSync(target, 'utf8')).toStartWith('{"line":2');
  expect(existsSync(link)).toBe(true);
});

test('a disk that is full of rejected lines stops an import, and --resume is exact once there is room', async () => {
  const amounts = Array.from({ length: 2500 }, (_, index) => index + 1);
  const rows = amounts.flatMap((amount) => (amount === 1400 || amount === 2100 ? [amount, 'x'] : [amount]));
  const content = `amount\n${rows.join('\n')}\n`;
  const rejects = join(importFolder(), 'full.rejected.ndjson');
  symlinkSync('/dev/full', rejects);
  const stopped = await importOf('full.csv', content, { rejects });
  expect(stopped.error).toMatchObject({
    message: `cannot write ${rejects}: no space is left on the device (ENOSPC)`,
    hint: 'make room\necs --resume',
    exitCode: 1,
  });
  rmSync(rejects);
  const resumed = await importOf('full.csv', content, { rejects, resume: true });
  expect(stopped.amounts).toHaveLength(1000);
  expect([...stopped.amounts, ...resumed.amounts]).toEqual(amounts);
  const lines = readFileSync(rejects, 'utf8').trim().split('\n');
  expect(lines.map((text) => JSON.parse(text) as object)).toMatchObject([{ line: 1402 }, { line: 2103 }]);
});

test('a disk without room for the place of an import stops it before anything is sent', async () => {
  const home = temporaryFolder();
  await importOf('placed.csv', 'amount\n5\n', {}, { home });
  const [journal = ''] = readdirSync(join(home, 'imports')).filter((name) => name.endsWith('.json'));
  symlinkSync('/dev/full', join(home, 'imports', `${journal}.${process.pid}.tmp`));
  const { error, amounts } = await importOf('placed.csv', 'amount\n6\n', {}, { home });
  expect(error?.exitCode).toBe(1);
  expect(error?.message).toStartWith(`cannot write ${join(home, 'imports', journal)}: no space`);
  expect(amounts).toEqual([]);
  expect(await importOf('placed.csv', 'amount\n6\n', {}, { home })).toMatchObject({
    amounts: [6],
    error: null,
  });
});

test('a cell with controls of a terminal is shown without them', async () => {
  const { output } = await importOf('escape.csv', 'amount\n\u001b]0;title\u0007\u001b[2J5\n');
  expect(output).toContain('\\u001b]0;title\\u0007\\u001b[2J5');
  expect(output).not.toContain('\u0007');
});

test('a file without a header is read by --columns; another number of fields is refused', async () => {
  const wellsFargo = `"${DAY}","-12.50","*","","SHOP, INC"\n"${DAY}","30.00","*","","PAY"\n`;
  const unread = await importOf('headless.csv', wellsFargo);
  expect(unread.error).toMatchObject({ exitCode: 2, hint: expect.stringContaining('--columns') });
  const columns = 'occurredAt,amount,,,note';
  expect(await importOf('headless.csv', wellsFargo, { columns, spent: 'negative' })).toMatchObject({
    events: [{ amount: 12.5, occurredAt: `${DAY}T00:00:00Z` }],
    error: null,
  });
  const outfile = `1\t5.50\t${DAY} 09:30:00\n2\tx\t\\N\n`;
  const mysql = await importOf('outfile.txt', outfile, { columns: 'id,amount,occurredAt' });
  expect(mysql.amounts).toEqual([5.5]);
  const corrected = readFileSync(`${mysql.file}.rejected.ndjson`, 'utf8').replaceAll('\\tx\\t', '\\t7\\t');
  expect(await importOf('outfile.ndjson', corrected)).toMatchObject({ amounts: [7], error: null });
  const other = await importOf('other.csv', wellsFargo, { columns: 'occurredAt,amount' });
  expect(other.error).toMatchObject({ message: expect.stringContaining('2 names'), exitCode: 2 });
  const unnamed = await importOf('unnamed.csv', wellsFargo, { columns: 'a,b,,,' });
  expect(unnamed.error).toMatchObject({ message: expect.stringContaining('no column amount') });
});

test('a day of eight digits is read in its order alone', async () => {
  const day = DAY.replaceAll('-', '');
  const rows = `amount,occurredAt\n5,${day}\n6,${day.slice(1)}\n`;
  const { events } = await importOf('compact.csv', rows, { date: 'yyyymmdd' });
  expect(events).toMatchObject([{ amount: 5, occurredAt: `${DAY}T00:00:00Z` }]);
  expect(events).toHaveLength(1);
});

test('a workbook by the name of a table says that it is one', async () => {
  const { error } = await importOf('book.csv', Buffer.from('PK\x03\x04\x14\0\0\0'));
  expect(error).toMatchObject({ message: expect.stringContaining('workbook'), exitCode: 2 });
});

test('an id that comes again with another amount is rejected by a dry run too', async () => {
  const id = crypto.randomUUID();
  const rows = `amount,eventId\n5,${id}\n6,${id}\n5,\n5,\n`;
  const { output } = await importOf('reused.csv', rows, { dryRun: true });
  expect(output).toContain('3 would be accepted, 1 rejected');
  expect(output).toMatch(/reused\.csv:3: .*idempotency_key_reused/);
});

test('the word of a program for no value is refused, until --null says that it is one', async () => {
  for (const word of ['NULL', 'NA', 'NaT']) {
    const rows = `amount,occurredAt\n5,${word}\n`;
    const refused = await importOf(`${word}.csv`, rows);
    expect(refused).toMatchObject({ amounts: [], output: expect.stringContaining(`--null ${word}`) });
    expect(await importOf(`${word}.csv`, rows, { null: word })).toMatchObject({ amounts: [5], error: null });
  }
});

test('of many processes that import a file at once, one does', async () => {
  const script = `
    import { openJournal } from ${JSON.stringify(join(import.meta.dir, 'journal.ts'))};
    const subject = { kind: 'transactions', system: 's', userId: 'u', file: 'spending.csv' };
    try {
      openJournal(${JSON.stringify(importFolder())}, subject).claim();
      console.log('claimed');
    } catch (error) {
      console.log(error.exitCode + ' ' + error.message);
    }
    for await (const _ of Bun.stdin.stream());`;
  // Twice: the second round meets the lock of a killed process.
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const processes = Array.from({ length: 4 }, () =>
      Bun.spawn([process.execPath, '-e', script], { stdin: 'pipe', stdout: 'pipe' }),
    );
    const lines = await Promise.all(
      processes.map(async ({ stdout }) => {
        const { value } = await stdout.getReader().read();
        return new TextDecoder().decode(value);
      }),
    );
    for (const child of processes) child.kill(signal);
    await Promise.all(processes.map(({ exited }) => exited));
    expect(lines.filter((line) => line === 'claimed\n')).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('6 another import of spending.csv runs'))).toHaveLength(3);
  }
});

test('a device and a named pipe are read as files are', async () => {
  const sizes = async (file: string) => {
    const lengths: number[] = [];
    for await (const chunk of openSource(file).chunks) lengths.push(chunk.length);
    return lengths;
  };
  expect(await sizes('/dev/null')).toEqual([]);
  const pipe = join(temporaryFolder(), 'pipe.csv');
  Bun.spawnSync(['mkfifo', pipe]);
  const writer = Bun.spawn(['sh', '-c', 'printf "amount\\n5\\n" > "$1"', 'sh', pipe]);
  expect(await sizes(pipe)).toEqual([9]);
  expect(await writer.exited).toBe(0);
});

test('a line of JSON with a key that stands twice is refused by its name', async () => {
  const { amounts, output } = await importOf('twice.ndjson', '{"amount":5}\n{"amount":6,"amount":7}\n');
  expect(amounts).toEqual([5]);
  expect(output).toContain('has /amount, which stands twice');
});
