import { beforeAll, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { useSystem } from '../harness/system.ts';
import { createCli } from './harness.ts';

/** Files as spreadsheets, databases and banks write them, imported without an edit. */
const system = useSystem({ split: false });
const folder = temporaryFolder();
let cli: ReturnType<typeof createCli>;
beforeAll(() => {
  cli = createCli({ env: { ECS_URL: system().url, ECS_PASSWORD: 'a long passphrase' } });
}, 90_000);

const [YEAR, MONTH, DAY] = new Date(Date.now() - 3 * 24 * 3600 * 1000).toISOString().slice(0, 10).split('-');
const ISO = `${YEAR}-${MONTH}-${DAY}`;
const BRAZIL = `${DAY}/${MONTH}/${YEAR}`;
const GERMANY = `${DAY}.${MONTH}.${YEAR}`;
const AMERICA = `${Number(MONTH)}/${Number(DAY)}/${YEAR}`;
const SAO_PAULO = ['--timezone', 'America/Sao_Paulo'];
const BERLIN = ['--timezone', 'Europe/Berlin'];
const NEW_YORK = ['--timezone', 'America/New_York'];
const inZone = (time: string, zone: string) =>
  Temporal.PlainDateTime.from(`${ISO}T${time}`).toZonedDateTime(zone).toInstant().toString();

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
const bom = (text: string) => Buffer.from(`\uFEFF${text}`);
const PORTUGUESE = [
  '--map',
  'Data=occurredAt',
  '--map',
  'Valor=amount',
  '--decimal',
  ',',
  '--date',
  'dd/mm/yyyy',
];
const GERMAN = [
  '--map',
  'Datum=occurredAt',
  '--map',
  'Betrag=amount',
  '--decimal',
  ',',
  '--date',
  'dd.mm.yyyy',
];
const STATEMENT = ['--map', 'Buchungstag=occurredAt', '--map', 'Soll=amount', ...GERMAN.slice(4)];
const AMERICAN = [
  '--map',
  'Date=occurredAt',
  '--map',
  'Amount=amount',
  '--decimal',
  '.',
  '--date',
  'm/d/yyyy',
];

/** The name, the content, the flags, and the first time that is stored besides the amounts 1234.56 and 7. */
const FILES: [name: string, content: string | Buffer, flags: string[], at: string][] = [
  [
    'excel-pt-br.csv',
    latin1(`Data;Descrição;Valor\r\n${BRAZIL} 09:30;Padaria São João;1.234,56\r\n${BRAZIL};Pão;7\r\n;;\r\n`),
    [...PORTUGUESE, ...SAO_PAULO, '--encoding', 'windows-1252'],
    inZone('09:30', 'America/Sao_Paulo'),
  ],
  [
    'excel-pt-br-currency.csv',
    bom(`Data;Valor\r\n${BRAZIL}; R$ 1.234,56 \r\n${BRAZIL}; R$ 7,00 \r\n`),
    [...PORTUGUESE, '--currency', 'R$'],
    `${ISO}T00:00:00Z`,
  ],
  [
    'excel-de.csv',
    latin1(
      `Datum;Empfänger;Betrag\r\n${GERMANY} 09:30;Bäckerei;1.234,56\r\n${GERMANY};"Café ""Süß""";7,00\r\n`,
    ),
    [...GERMAN, ...BERLIN, '--encoding', 'windows-1252'],
    inZone('09:30', 'Europe/Berlin'),
  ],
  [
    'excel-en.csv',
    `Date,Payee,Amount\r\n${AMERICA} 9:30,"Bakery, Main St","1,234.56"\r\n${AMERICA},Café,7.00\r\n`,
    [...AMERICAN, ...NEW_YORK],
    inZone('09:30', 'America/New_York'),
  ],
  [
    'excel-mac.csv',
    Buffer.from(
      `Datum;Empf\x8anger;Betrag\r${GERMANY} 09:30;B\x8ackerei;1.234,56\r${GERMANY};;7\r`,
      'latin1',
    ),
    [...GERMAN, ...BERLIN, '--encoding', 'macintosh'],
    inZone('09:30', 'Europe/Berlin'),
  ],
  [
    'excel-unicode.txt',
    utf16(`amount\toccurredAt\teventId\r\n1234.56\t${ISO}T09:30:00Z\t\r\n7\t\t\r\n`),
    [],
    `${ISO}T09:30:00Z`,
  ],
  [
    'excel-sep.csv',
    bom(`sep=;\r\nBetrag;Datum;Text, frei\r\n1.234,56;${GERMANY} 09:30;a,b,c\r\n7;${GERMANY};d\r\n`),
    [...GERMAN, ...BERLIN],
    inZone('09:30', 'Europe/Berlin'),
  ],
  [
    'google-sheets.csv',
    `Date,Amount,Note\r\n${AMERICA} 9:30:00,"$1,234.56","two\nlines"\r\n${AMERICA},$7.00,`,
    [...AMERICAN, ...NEW_YORK, '--currency', '$'],
    inZone('09:30', 'America/New_York'),
  ],
  [
    'google-sheets.tsv',
    `occurredAt\tamount\tnote\r\n${ISO} 9:30:00\t1234.56\t\r\n\t7\t`,
    [],
    `${ISO}T09:30:00Z`,
  ],
  [
    'libreoffice.csv',
    `"Date","Amount","Note"\n"${ISO} 09:30:00","1,234.56","a ""quoted"" note"\n"${ISO}",7,\n`,
    ['--map', 'Date=occurredAt', '--decimal', '.', ...NEW_YORK],
    inZone('09:30', 'America/New_York'),
  ],
  [
    'dbeaver.csv',
    `"id","amount","occurred_at"\n"1",1234.56,"${ISO} 09:30:00.000 +0000"\n"2",7,"${ISO} 09:31:00.000 -0300"\n`,
    [],
    `${ISO}T09:30:00Z`,
  ],
  [
    'psql.csv',
    `amount,occurred_at,created_at\n1234.56,${ISO} 09:30:00+00,${ISO} 10:00:00.5+00\n7.00,${ISO} 09:30:00.895-03,\n`,
    [],
    `${ISO}T09:30:00Z`,
  ],
  ['psql.tsv', `amount\toccurred_at\n1234.56\t${ISO} 09:30:00+00\n7.00\t\\N\n`, [], `${ISO}T09:30:00Z`],
  [
    'bank-br.csv',
    latin1(
      `"Data","Dependencia Origem","Histórico","Valor",\r\n"${BRAZIL}","","Saldo Anterior","9.000,00",\r\n` +
        `"${BRAZIL}","1","Compra com Cartão","-1.234,56",\r\n"${BRAZIL}","1","Tarifa","-7,00",\r\n`,
    ),
    [...PORTUGUESE, ...SAO_PAULO, '--encoding', 'iso-8859-1', '--spent', 'negative'],
    inZone('00:00', 'America/Sao_Paulo'),
  ],
  [
    'bank-de.csv',
    latin1(
      `Umsätze Girokonto;;;Zeitraum: 30 Tage\n\nKontostand:;;;5.000,00\n` +
        `Buchungstag;Wert;Verwendungszweck;Soll;Haben;Währung\n` +
        `${GERMANY};${GERMANY};Miete;-1.234,56;;EUR\n${GERMANY};${GERMANY};Gehalt;;3.000,00;EUR\n` +
        `${GERMANY};${GERMANY};Bäcker;-7,00;;EUR\n`,
    ),
    [...STATEMENT, ...BERLIN, '--encoding', 'windows-1252', '--spent', 'negative'],
    inZone('00:00', 'Europe/Berlin'),
  ],
  [
    'bank-us.csv',
    `Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n` +
      `DEBIT,${AMERICA},"STORE, INC",-1234.56,ACH_DEBIT,5000.00,,\nCREDIT,${AMERICA},PAY,3000.00,ACH_CREDIT,8000.00,,\n` +
      `DEBIT,${AMERICA},COFFEE,-7.00,ACH_DEBIT,7993.00,,\n`,
    ['--map', 'Posting Date=occurredAt', '--date', 'mm/dd/yyyy', ...NEW_YORK, '--spent', 'negative'],
    inZone('00:00', 'America/New_York'),
  ],
];

async function logIn(email: string): Promise<{ userId: string }> {
  await cli.ecs(['register', email]);
  return cli.data<{ userId: string }>(['login', email]);
}

test.each(FILES)('%s', async (name, content, flags, at) => {
  const email = `${name}@example.com`;
  const { userId } = await logIn(email);
  const file = join(folder, name);
  writeFileSync(file, content);
  const words = ['transactions', 'import', file, '--as', email, ...flags];
  const tried = await cli.data<object>([...words, '--dry-run']);
  const imported = await cli.data<object>([...words, '--save-layout', 'mine']);
  const counts = { accepted: 2, rejected: 0 };
  expect([tried, imported]).toMatchObject([counts, counts]);
  await eventually('both are stored', async () => {
    const rows = await system().sql`
      select amount::float8, occurred_at from transactions where user_id = ${userId} order by amount`;
    if (rows.length < 2) return false;
    expect(rows.map(({ amount }) => amount)).toEqual([7, 1234.56]);
    expect(rows[1]?.occurred_at).toEqual(new Date(at));
    return true;
  });
  const again = await cli.data<object>([...words.slice(0, 5), '--layout', 'mine', '--dry-run']);
  expect(again).toMatchObject(counts);
});

test('a file that could be read in two ways is refused, and names the flags that decide', async () => {
  await logIn('two-ways@example.com');
  const file = join(folder, 'two-ways.csv');
  writeFileSync(file, `amount;occurredAt\n1.234,56;${ISO}T09:30:00Z\n5;03/04/${YEAR}\n`);
  const refused = await cli.ecs([
    'transactions',
    'import',
    file,
    '--as',
    'two-ways@example.com',
    '--dry-run',
  ]);
  expect(refused).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('0 would be accepted, 2 rejected'),
  });
  expect(refused.stderr).toContain('--decimal , or --decimal .');
  expect(refused.stderr).toContain('--date dd/mm/yyyy or --date mm/dd/yyyy');
  writeFileSync(file, latin1('Preço;amount\n1;2\n'));
  const encoded = await cli.ecs(['transactions', 'import', file, '--as', 'two-ways@example.com']);
  expect(encoded).toMatchObject({ code: 2, stderr: expect.stringContaining('--encoding windows-1252') });
});

test('a dry run has the verdicts of the real run, line by line', async () => {
  const email = 'judge@example.com';
  await logIn(email);
  const days = (count: number) => new Date(Date.now() + count * 24 * 3600 * 1000).toISOString();
  const [reused, repeated] = [crypto.randomUUID(), crypto.randomUUID()];
  const rows = [
    `1.234,${days(0)},`,
    `5,${days(-60)},`,
    `5,${days(2)},`,
    `5,${YEAR}-02-30T09:00:00Z,`,
    `9.99,${days(0)},`,
    `5,${days(-1)},${reused}`,
    `6,${days(-1)},${reused}`,
    `7,,${repeated}`,
    `7,,${repeated}`,
    `0,,`,
    `5,,no-uuid`,
    '"open',
  ];
  const file = join(folder, 'judged.csv');
  writeFileSync(file, `amount,occurredAt,eventId\n${rows.join('\n')}\n`);
  const words = ['transactions', 'import', file, '--as', email, '--json'];
  const verdictsOf = async (extra: string[]) => {
    const ran = await cli.ecs([...words, ...extra]);
    const { accepted, rejected } = (
      JSON.parse(ran.stdout) as { data: { accepted: number; rejected: number } }
    ).data;
    const lines = ran.stderr.split('\n').filter((line) => line.startsWith(`${file}:`));
    return { accepted, rejected, lines };
  };
  const tried = await verdictsOf(['--dry-run']);
  expect(tried).toEqual(await verdictsOf([]));
  expect(tried).toMatchObject({ accepted: 4, rejected: 8 });
});

test('the rejected lines are imported as they are kept, once they are corrected', async () => {
  const email = 'corrects@example.com';
  const { userId } = await logIn(email);
  const file = join(folder, 'rejected.csv');
  writeFileSync(
    file,
    Buffer.concat([
      Buffer.from(`Data;Nome;Valor\n${BRAZIL};a;x1.234,56\n${BRAZIL};b;7\n${BRAZIL};`),
      Buffer.from([0xe7]),
      Buffer.from(';8\n'),
    ]),
  );
  const as = ['--as', email];
  const first = await cli.ecs(['transactions', 'import', file, ...PORTUGUESE, ...as]);
  expect(first.stdout).toContain('1 accepted, 2 rejected');
  const rejects = `${file}.rejected.ndjson`;
  const lines = readFileSync(rejects, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { line: 2, text: `${BRAZIL};a;x1.234,56`, header: 'occurredAt;;amount', layout: { decimal: ',' } },
    { line: 4, bytes: Buffer.from(latin1(`${BRAZIL};\xe7;8\n`)).toString('base64') },
  ]);
  const uncorrected = await cli.ecs(['transactions', 'import', rejects, ...as]);
  expect(uncorrected.stdout).toContain('0 accepted, 2 rejected');
  writeFileSync(
    rejects,
    lines
      .join('\n')
      .replaceAll('x1.234', '1.234')
      .replace(/"bytes":"[^"]*",/, ''),
  );
  const corrected = await cli.ecs(['transactions', 'import', rejects, ...as]);
  expect({ ...corrected, stdout: corrected.stdout.slice(0, 22) }).toMatchObject({
    stdout: '2 accepted, 0 rejected',
  });
  await eventually('all are stored', async () => {
    const rows = await system().sql`select amount::float8 from transactions where user_id = ${userId}`;
    return (
      rows
        .map(({ amount }) => amount)
        .toSorted((a, b) => a - b)
        .join(' ') === '7 8 1234.56'
    );
  });
});
