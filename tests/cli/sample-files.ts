/** Files as spreadsheets, databases and banks write them. */

export const [YEAR, MONTH, DAY] = new Date(Date.now() - 3 * 24 * 3600 * 1000)
  .toISOString()
  .slice(0, 10)
  .split('-');
export const ISO = `${YEAR}-${MONTH}-${DAY}`;
const COMPACT = `${YEAR}${MONTH}${DAY}`;
export const BRAZIL = `${DAY}/${MONTH}/${YEAR}`;
const GERMANY = `${DAY}.${MONTH}.${YEAR}`;
const AMERICA = `${Number(MONTH)}/${Number(DAY)}/${YEAR}`;
const SAO_PAULO = ['--timezone', 'America/Sao_Paulo'];
const BERLIN = ['--timezone', 'Europe/Berlin'];
const NEW_YORK = ['--timezone', 'America/New_York'];
const inZone = (time: string, zone: string) =>
  Temporal.PlainDateTime.from(`${ISO}T${time}`).toZonedDateTime(zone).toInstant().toString();

export const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
const bom = (text: string) => Buffer.from(`\uFEFF${text}`);
export const PORTUGUESE = [
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
export const FILES: [name: string, content: string | Buffer, flags: string[], at: string][] = [
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
  [
    'caixa.txt',
    `"Conta";"Data_Mov";"Nr_Doc";"Historico";"Valor";"Deb_Cred"\r\n` +
      `"001";"${COMPACT}";"1";"COMPRA CARTAO";"1234.56";"D"\r\n` +
      `"001";"${COMPACT}";"2";"CRED PIX";"50.00";"C"\r\n"001";"${COMPACT}";"3";"TARIFA";"7.00";"D"\r\n`,
    [
      '--map',
      'Data_Mov=occurredAt',
      '--map',
      'Valor=amount',
      '--date',
      'yyyymmdd',
      '--direction',
      'Deb_Cred=D,C',
      ...SAO_PAULO,
    ],
    inZone('00:00', 'America/Sao_Paulo'),
  ],
  [
    'ing-nl.csv',
    `"Datum","Naam / Omschrijving","Rekening","Tegenrekening","Code","Af Bij","Bedrag (EUR)","Mutatiesoort"\n` +
      `"${COMPACT}","Huur","NL01INGB","NL02","IC","Af","1234,56","Incasso"\n` +
      `"${COMPACT}","Loon","NL01INGB","NL03","OV","Bij","3000,00","Overschrijving"\n` +
      `"${COMPACT}","AH 1234","NL01INGB","","BA","Af","7,00","Betaalautomaat"\n`,
    [
      '--map',
      'Datum=occurredAt',
      '--map',
      'Bedrag (EUR)=amount',
      '--decimal',
      ',',
      '--date',
      'yyyymmdd',
      '--direction',
      'Af Bij=Af,Bij',
      '--timezone',
      'Europe/Amsterdam',
    ],
    inZone('00:00', 'Europe/Amsterdam'),
  ],
  [
    'revolut.csv',
    `Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n` +
      `CARD_PAYMENT,Current,${ISO} 09:30:00,${ISO} 10:00:00,Shop,-1234.56,0.00,GBP,COMPLETED,100.00\n` +
      `CARD_PAYMENT,Current,${ISO} 09:40:00,,Hotel,-99.00,0.00,GBP,REVERTED,\n` +
      `CARD_PAYMENT,Current,${ISO} 09:50:00,,Shop,-13.50,0.00,GBP,PENDING,\n` +
      `TOPUP,Current,${ISO} 11:00:00,${ISO} 11:00:01,Top-Up,500.00,0.00,GBP,COMPLETED,600.00\n` +
      `TRANSFER,Current,${ISO} 12:00:00,${ISO} 12:00:01,Ann,-7.00,0.00,GBP,COMPLETED,593.00\n`,
    ['--map', 'Started Date=occurredAt', '--spent', 'negative', '--only', 'State=COMPLETED'],
    `${ISO}T09:30:00Z`,
  ],
  [
    'psql-text.tsv',
    `amount\toccurred_at\tnote\n1234.56\t${ISO} 09:30:00+00\t5" pipe\n7.00\t\\N\ta\\tb "quoted"\n`,
    ['--quotes', 'none'],
    `${ISO}T09:30:00Z`,
  ],
  [
    'mysql-outfile.csv',
    `"1","1234.56","${ISO} 09:30:00","He said \\"hi, there\\"\\\n2nd line \\\\"\n"2","7.00",\\N,"b"\n`,
    ['--columns', 'id,amount,occurredAt,note', '--escapes', 'backslash'],
    `${ISO}T09:30:00Z`,
  ],
];
