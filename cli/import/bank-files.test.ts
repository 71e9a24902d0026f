import { expect, test } from 'bun:test';
import { importOf } from '../../tests/cli/import-of.ts';
import type { ImportFlags } from './import-file.ts';

/** Files as banks and programs write them: two rows of money spent, and rows of income or of another state. */
const [YEAR, MONTH, DAY] = new Date(Date.now() - 3 * 24 * 3600 * 1000).toISOString().slice(0, 10).split('-');
const ISO = `${YEAR}-${MONTH}-${DAY}`;
const BRITAIN = `${DAY}/${MONTH}/${YEAR}`;
const AMERICA = `${MONTH}/${DAY}/${YEAR}`;
const GERMANY = `${DAY}.${MONTH}.${YEAR?.slice(2)}`;
const MONTH_NAME = new Date(ISO).toLocaleString('en', { month: 'short', timeZone: 'UTC' });
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
const spent = 'negative';
const BRAZIL = { decimal: ',', date: 'dd/mm/yyyy', encoding: 'latin1', spent };
const GERMAN = { decimal: ',', date: 'dd.mm.yy', spent };
const NOON = `${ISO}T12:30:05Z`;
const MIDNIGHT = `${ISO}T00:00:00Z`;

/** The name, the content, the flags, and the time of the first row; the amounts are 1234.56 and 7. */
const FILES: [name: string, content: string | Buffer, flags: ImportFlags, at: string][] = [
  [
    'n26.csv',
    `"Booking Date","Value Date","Partner Name","Partner Iban",Type,"Payment Reference","Account Name","Amount (EUR)","Original Amount","Original Currency","Exchange Rate"\n` +
      `${ISO},${ISO},"Vermieter GmbH",DE02,"Direct Debit","Miete",Main,-1234.56,,,\n` +
      `${ISO},${ISO},"Café ""Süß""",,Presentment,,Main,-7.0,-7.0,EUR,1.0\n` +
      `${ISO},${ISO},"Work AG",DE03,"Credit Transfer",Gehalt,Main,3000.0,,,\n`,
    { map: ['Booking Date=occurredAt', 'Amount (EUR)=amount'], spent },
    MIDNIGHT,
  ],
  [
    'wise.csv',
    `"TransferWise ID",Date,"Date Time",Amount,Currency,Description,"Payment Reference","Running Balance"\n` +
      `"CARD-1","${DAY}-${MONTH}-${YEAR}","${DAY}-${MONTH}-${YEAR} 12:30:05.123",-1234.56,EUR,"Card, at a shop",,10.00\n` +
      `"CARD-2","${DAY}-${MONTH}-${YEAR}","${DAY}-${MONTH}-${YEAR} 12:31:05.456",-7.00,EUR,"Café",,3.00\n` +
      `"TRANSFER-3","${DAY}-${MONTH}-${YEAR}","${DAY}-${MONTH}-${YEAR} 13:00:00.000",50.00,EUR,"Ann",,53.00\n`,
    { map: ['Date Time=occurredAt', 'Amount=amount'], date: 'dd-mm-yyyy', spent },
    `${ISO}T12:30:05.123Z`,
  ],
  [
    'nubank-cartao.csv',
    `date,title,amount\n${ISO},Padaria São João,1234.56\n${ISO},"Uber *Trip",7.00\n${ISO},Pagamento recebido,-500.00\n`,
    { map: ['date=occurredAt'], spent: 'positive' },
    MIDNIGHT,
  ],
  [
    'nubank-conta.csv',
    `Data,Valor,Identificador,Descrição\n${BRITAIN},-1234.56,65aa-1,Compra no débito\n${BRITAIN},-7.00,65aa-2,Pix\n` +
      `${BRITAIN},100.00,65aa-3,Transferência recebida\n`,
    { map: ['Data=occurredAt', 'Valor=amount'], date: 'dd/mm/yyyy', spent },
    MIDNIGHT,
  ],
  [
    'itau.csv',
    latin1(
      `data;lançamento;ag./origem;valor (R$);saldos (R$)\r\n${BRITAIN};SALDO ANTERIOR;;;5.000,00\r\n` +
        `${BRITAIN};PIX PADARIA;0123;-1.234,56;\r\n${BRITAIN};TARIFA;0123;-7,00;\r\n${BRITAIN};TED RECEBIDA;;100,00;\r\n`,
    ),
    {
      map: ['data=occurredAt', 'valor (R$)=amount'],
      ...BRAZIL,
    },
    MIDNIGHT,
  ],
  [
    'bradesco.csv',
    latin1(
      `Extrato de: Ag: 1234 | Conta: 12345-6 | Entre 01/${MONTH}/${YEAR} e ${BRITAIN}\r\n` +
        `Data;Histórico;Docto.;Crédito (R$);Débito (R$);Saldo (R$);\r\n01/${MONTH}/${YEAR};SALDO ANTERIOR;;;;1.000,00;\r\n` +
        `${BRITAIN};COMPRA;123;;-1.234,56;765,44;\r\n${BRITAIN};SALARIO;1;3.000,00;;3.765,44;\r\n` +
        `${BRITAIN};TARIFA;124;;-7,00;3.758,44;\r\n;;Total;3.000,00;;3.758,44;\r\n`,
    ),
    {
      map: ['Data=occurredAt', 'Débito (R$)=amount'],
      ...BRAZIL,
    },
    MIDNIGHT,
  ],
  [
    'santander-es.csv',
    `Fecha operación;Fecha valor;Concepto;Importe;Divisa;Saldo\n${BRITAIN};${BRITAIN};Alquiler;−1.234,56;EUR;100,00\n` +
      `${BRITAIN};${BRITAIN};Panadería;−7,00;EUR;93,00\n${BRITAIN};${BRITAIN};Nómina;3.000,00;EUR;3.093,00\n`,
    { map: ['Fecha operación=occurredAt', 'Importe=amount'], decimal: ',', date: 'dd/mm/yyyy', spent },
    MIDNIGHT,
  ],
  [
    'sparkasse-camt.csv',
    latin1(
      `"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Betrag";"Waehrung";"Info"\r\n` +
        `"DE1";"${GERMANY}";"${GERMANY}";"LASTSCHRIFT";"Miete; Größe 3";"-1.234,56";"EUR";"Umsatz gebucht"\r\n` +
        `"DE1";"${GERMANY}";"${GERMANY}";"KARTENZAHLUNG";"Bäcker";"-7,00";"EUR";"Umsatz gebucht"\r\n` +
        `"DE1";"";"";"KARTENZAHLUNG";"Hotel";"-99,00";"EUR";"Umsatz vorgemerkt"\r\n`,
    ),
    {
      map: ['Buchungstag=occurredAt', 'Betrag=amount'],
      ...GERMAN,
      encoding: 'windows-1252',

      only: ['Info=Umsatz gebucht'],
    },
    MIDNIGHT,
  ],
  [
    'dkb.csv',
    `\uFEFF"Girokonto";"DE12"\n"Kontostand vom ${DAY}.${MONTH}.${YEAR}:";"1.000,00 €"\n""\n` +
      `"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Umsatztyp";"Betrag (€)";"Gläubiger-ID"\n` +
      `"${GERMANY}";"${GERMANY}";"Gebucht";"A";"Ausgang";"-1.234,56";""\n` +
      `"${GERMANY}";"";"Vorgemerkt";"C";"Ausgang";"-99";""\n"${GERMANY}";"${GERMANY}";"Gebucht";"B";"Ausgang";"-7";""\n`,
    {
      map: ['Buchungsdatum=occurredAt', 'Betrag (€)=amount'],
      ...GERMAN,
      only: ['Status=Gebucht'],
    },
    MIDNIGHT,
  ],
  [
    'hsbc-uk.csv',
    `${BRITAIN},"TESCO STORES, LONDON","-1,234.56"\n${BRITAIN},COFFEE,-7.00\n${BRITAIN},SALARY,"2,000.00"\n`,
    { columns: 'occurredAt,,amount', decimal: '.', date: 'dd/mm/yyyy', spent },
    MIDNIGHT,
  ],
  [
    'monzo.csv',
    `Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Notes and #tags\n` +
      `tx_1,${BRITAIN},12:30:05,Card payment,Shop,🍞,Groceries,-1234.56,GBP,"bread, ""milk"""\n` +
      `tx_2,${BRITAIN},12:31:00,Card payment,Café,☕,Eating out,-7.00,GBP,\n` +
      `tx_3,${BRITAIN},13:00:00,Faster payment,Work,,Income,2000.00,GBP,\n`,
    { map: ['Date=occurredAt', 'Time=occurredAt', 'Amount=amount'], date: 'dd/mm/yyyy', spent },
    NOON,
  ],
  [
    'starling.csv',
    `Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),Spending Category,Notes\n` +
      `${BRITAIN},Landlord,RENT,DIRECT DEBIT,-1234.56,100.00,BILLS,\n${BRITAIN},Cafe,,CONTACTLESS,-7.00,93.00,EATING_OUT,\n` +
      `${BRITAIN},Work,PAY,FASTER PAYMENT,2000.00,2093.00,INCOME,\n`,
    { map: ['Date=occurredAt', 'Amount (GBP)=amount'], date: 'dd/mm/yyyy', spent },
    MIDNIGHT,
  ],
  [
    'chase-card.csv',
    `Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n` +
      `${AMERICA},${AMERICA},AMZN Mktp US,Shopping,Sale,-1234.56,\n${AMERICA},${AMERICA},"STARBUCKS, 12",Food,Sale,-7.00,\n` +
      `${AMERICA},${AMERICA},Payment Thank You,,Payment,500.00,\n`,
    { map: ['Transaction Date=occurredAt'], date: 'mm/dd/yyyy', spent },
    MIDNIGHT,
  ],
  [
    'bank-of-america.csv',
    `Description,,Summary Amt.\nBeginning balance as of ${MONTH}/01/${YEAR},,"1,000.00"\nTotal credits,,"3,000.00"\n` +
      `Total debits,,"-1,241.56"\nEnding balance as of ${AMERICA},,"2,758.44"\n\nDate,Description,Amount,Running Bal.\n` +
      `${AMERICA},Beginning balance as of ${AMERICA},,"1,000.00"\n${AMERICA},"SHOP","-1,234.56","-234.56"\n` +
      `${AMERICA},"COFFEE","-7.00","-241.56"\n${AMERICA},"PAY","3,000.00","2,758.44"\n`,
    { map: ['Date=occurredAt', 'Amount=amount'], decimal: '.', date: 'mm/dd/yyyy', spent },
    MIDNIGHT,
  ],
  [
    'paypal.csv',
    `\uFEFF"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","Balance","Balance Impact"\r\n` +
      `"${AMERICA}","12:30:05","UTC","Shop","Express Checkout Payment","Completed","USD","-1,234.56","0.00","-1,234.56","10.00","Debit"\r\n` +
      `"${AMERICA}","12:31:05","UTC","Shop","Authorization","Pending","USD","-50.00","0.00","-50.00","10.00","Memo"\r\n` +
      `"${AMERICA}","12:32:05","UTC","Game","Express Checkout Payment","Completed","USD","-7.00","0.00","-7.00","3.00","Debit"\r\n` +
      `"${AMERICA}","12:33:05","UTC","Bank","Deposit","Completed","USD","500.00","0.00","500.00","503.00","Credit"\r\n`,
    {
      map: ['Date=occurredAt', 'Time=occurredAt', 'Gross=amount'],
      decimal: '.',
      date: 'mm/dd/yyyy',
      spent,
      only: ['Status=Completed'],
    },
    NOON,
  ],
  [
    'stripe-payouts.csv',
    `id,Amount,Arrival Date (UTC),Source Type,Currency,Status,Created (UTC)\n` +
      `po_1,1234.56,${ISO} 00:00,card,usd,paid,${ISO} 12:30\npo_2,99.00,${ISO} 00:00,card,usd,failed,${ISO} 12:31\n` +
      `po_3,7.00,${ISO} 00:00,card,usd,paid,${ISO} 12:32\n`,
    { map: ['Created (UTC)=occurredAt'], only: ['Status=paid'] },
    `${ISO}T12:30:00Z`,
  ],
  [
    'gnucash.csv',
    `"Date","Transaction ID","Number","Description","Notes","Commodity/Currency","Full Account Name","Amount With Sym","Amount Num.","Rate/Price"\n` +
      `"${BRITAIN}","a1","","Rent","","CURRENCY::EUR","Expenses:Rent","€1.234,56","1.234,56","1,00"\n` +
      `"${BRITAIN}","a1","","Rent","","CURRENCY::EUR","Assets:Bank","-€1.234,56","-1.234,56","1,00"\n` +
      `"${BRITAIN}","a2","","Café","","CURRENCY::EUR","Expenses:Food","€7,00","7,00","1,00"\n` +
      `"${BRITAIN}","a2","","Café","","CURRENCY::EUR","Assets:Bank","-€7,00","-7,00","1,00"\n`,
    {
      map: ['Date=occurredAt', 'Amount With Sym=amount'],
      decimal: ',',
      date: 'dd/mm/yyyy',
      currency: '€',
      spent: 'positive',
    },
    MIDNIGHT,
  ],
  [
    'ynab.csv',
    `\uFEFF"Account","Flag","Date","Payee","Category Group/Category","Memo","Outflow","Inflow","Cleared"\n` +
      `"Checking","","${AMERICA}","Landlord","Bills: Rent","",$1234.56,$0.00,"Cleared"\n` +
      `"Checking","","${AMERICA}","Cafe","Fun: Coffee","",$7.00,$0.00,"Cleared"\n` +
      `"Checking","","${AMERICA}","Work","Inflow: Ready to Assign","",$0.00,$3000.00,"Reconciled"\n`,
    { map: ['Date=occurredAt', 'Outflow=amount'], date: 'mm/dd/yyyy', currency: '$', spent: 'positive' },
    MIDNIGHT,
  ],
  [
    'barclaycard.csv',
    `${Number(DAY)} ${MONTH_NAME} ${YEAR?.slice(2)},Shop,Groceries,1234.56\n${Number(DAY)} ${MONTH_NAME} ${YEAR?.slice(2)},Café,Food,7.00\n`,
    { columns: 'occurredAt,,,amount', date: 'd mmm yy' },
    MIDNIGHT,
  ],
  [
    'hdfc.csv',
    `Date,Narration,Value Dat,Debit Amount,Credit Amount,Chq/Ref Number,Closing Balance\n` +
      `${DAY}-${MONTH_NAME}-${YEAR},RENT,${DAY}-${MONTH_NAME}-${YEAR},"1,234.56",0.00,0001,10.00\n` +
      `${DAY}-${MONTH_NAME}-${YEAR},PAY,${DAY}-${MONTH_NAME}-${YEAR},0.00,"50,000.00",0002,50010.00\n` +
      `${DAY}-${MONTH_NAME}-${YEAR},TEA,${DAY}-${MONTH_NAME}-${YEAR},7.00,0.00,0003,50003.00\n`,
    { map: ['Date=occurredAt', 'Debit Amount=amount'], decimal: '.', date: 'dd-mmm-yyyy', spent: 'positive' },
    MIDNIGHT,
  ],
  [
    'excel-utf16.txt',
    utf16(
      `Datum\tEmpfänger\tBetrag\r\n${GERMANY} 12:30\t"Groß ""A"""\t1.234,56 €\r\n${GERMANY}\tBäcker\t7,00 €\r\n\t\t\r\n`,
    ),
    { map: ['Datum=occurredAt', 'Betrag=amount'], decimal: ',', date: 'dd.mm.yy', currency: '€' },
    `${ISO}T12:30:00Z`,
  ],
  [
    'libreoffice-de.csv',
    `"Datum";"Zweck";"Betrag"\n"${DAY}.${MONTH}.${YEAR}";"a;b\nzweite Zeile";"1.234,56"\n"${DAY}.${MONTH}.${YEAR}";"q ""z""";"7,00"\n`,
    { map: ['Datum=occurredAt', 'Betrag=amount'], decimal: ',', date: 'dd.mm.yyyy' },
    MIDNIGHT,
  ],
  [
    'dbeaver.csv',
    `"id","amount","occurred_at","note"\n1,1234.56,${ISO} 12:30:05.000 +0000,"NULL"\n2,7,${ISO} 09:31:00.123456 -0300,NULL\n`,
    { null: 'NULL' },
    `${ISO}T12:30:05.000+00:00`,
  ],
];

test.each(FILES)('%s is imported without an edit', async (name, content, flags, at) => {
  const { amounts, events, error } = await importOf(name, content, flags);
  expect(error).toBeNull();
  expect(amounts).toEqual([1234.56, 7]);
  expect(events[0]?.occurredAt).toBe(at);
});
