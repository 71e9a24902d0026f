import { afterAll, expect, test } from 'bun:test';
import { reportOf, runScript } from './harness.ts';

/** The modules beside `k6/http`: pages, files, secrets, timers. */
const PAGE = `<!doctype html><html lang="en"><head><title>Fish &amp; chips</title></head><body class="main">
  <div id="d" data-fish-id="7" class="a b"><p>one</p><p>two</p></div><a href="/next?x=1#end">next</a>
  <form action="/take" method="post" id="f"><input name="login" value="ada"><input type="checkbox" name="no">
  <select name="s"><option value="1">a<option value="2" selected>b</select><textarea name="t">hey</textarea>
  <input type="submit" name="go" value="Go!"></form>
  <form action="/search?kept=1" id="g"><input name="q" value="1 2"></form>
  <table><tr><td>1<td>2</table></body></html>`;
const server = Bun.serve({
  port: 0,
  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    if (pathname === '/') return new Response(PAGE, { headers: { 'content-type': 'text/html' } });
    return Response.json({ method: request.method, path: pathname + search, body: await request.text() });
  },
});
afterAll(() => server.stop(true));
const URL_ENV = { env: { U: `http://127.0.0.1:${server.port}` } };

/** Runs checks, each of which has to hold, and returns those that did not. */
async function failedChecks(script: string | Record<string, string>, args: string[] = []) {
  const { report, stderr, value } = await reportOf(script, { ...URL_ENV, args });
  const failed = report.checks.filter(({ fails }) => fails > 0).map(({ name }) => name);
  return { failed, count: value('checks', 'passes'), stderr };
}

test.concurrent('pages are read with selections and elements', async () => {
  const { failed, count, stderr } = await failedChecks(`
    import { parseHTML } from 'k6/html'; import http from 'k6/http'; import { check } from 'k6';
    export default function () {
      const page = http.get(__ENV.U + '/').html(), div = page.find('#d'), p = page.find('p');
      const a = page.find('a').get(0), cell = page.find('td').get(1), select = page.find('select').get(0);
      check(null, {
        title: () => page.find('head title').text() === 'Fish & chips',
        inner: () => div.children().first().html() === 'one' && page.find('nothing').html() === undefined,
        attr: () => div.attr('class') === 'a b' && div.attr('x') === undefined && div.attr('x', 5) === 5,
        data: () => div.data('fish-id') === 7 && div.data('fishId') === 7 && div.data().fishId === 7,
        walk: () => p.first().next().text() === 'two' && p.parent().is('#d') && p.closest('body').size() === 1,
        until: () => p.eq(0).nextUntil().size() === 1 && p.last().prevAll().text() === 'one',
        filters: () => p.filter((i, item) => item.text() === 'two').size() === 1 && p.not(':first-child').text() === 'two',
        has: () => page.find('div').has(p).size() === 1 && p.is((i) => i === 1) && p.slice(1).size() === 1,
        map: () => p.map((i, item) => i + item.text()).join() === '0one,1two' && p.toArray()[1].text() === 'two',
        each: () => { const texts = []; p.each((i, element) => texts.push(element.textContent())); return texts.join() === 'one,two'; },
        form: () => page.find('#f').serialize() === 'login=ada&s=2&t=hey' && page.find('#f').serializeObject().s === '2',
        val: () => page.find('select').val() === '2' && page.find('textarea').val() === 'hey',
        link: () => a.href() === '/next?x=1#end' && a.pathname() === '/next' && a.hash() === '#end' && a.nodeName() === 'a',
        same: () => a.isSameNode(page.find('a').get(0)) && a.parentElement().className() === 'main',
        cell: () => cell.cellIndex() === 1 && page.find('tr').get(0).cells().length === 2,
        select: () => select.selectedIndex() === 1 && select.options().length === 2 && select.form().id() === 'f',
        selector: () => http.get(__ENV.U + '/').html('title').text() === 'Fish & chips',
        parse: () => parseHTML('<ul><li>x<li>y</ul>').find('li').size() === 2,
      });
    }`);
  expect([failed, count, stderr]).toEqual([[], 18, '']);
});

test.concurrent('forms are submitted and links clicked', async () => {
  const { failed, count } = await failedChecks(`
    import http from 'k6/http'; import { check } from 'k6';
    export default function () {
      const page = http.get(__ENV.U + '/');
      const order = page.submitForm({ formSelector: '#f', fields: { login: 'bob', more: 'x' } }).json();
      const search = page.submitForm({ formSelector: '#g', params: { tags: { kind: 'search' } } }).json();
      const thrown = (work) => { try { work(); } catch (error) { return error.message; } };
      check(null, {
        post: () => order.method === 'POST' && order.body === 'go=Go%21&login=bob&more=x&s=2&t=hey',
        get: () => search.method === 'GET' && search.path === '/search?kept=1&q=1+2',
        click: () => page.clickLink().json('path') === '/next?x=1',
        'no form': () => thrown(() => page.submitForm({ formSelector: '#none' })).includes('no form found'),
        'no link': () => thrown(() => page.clickLink({ selector: '#none' })).includes('no element found'),
      });
    }`);
  expect([failed, count]).toEqual([[], 5]);
});

test.concurrent('files are read by pieces, tables by rows, and all users share the rows', async () => {
  const { failed, count } = await failedChecks({
    'script.js': `
      import fs, { SeekMode } from 'k6/experimental/fs'; import csv from 'k6/experimental/csv'; import { check } from 'k6';
      const file = await fs.open('data/t.csv'), again = await fs.open('./data/t.csv');
      const rows = await csv.parse(again, { skipFirstLine: true });
      const objects = await csv.parse(again, { asObjects: true });
      const line = await csv.parse(again, { fromLine: 1, toLine: 1 });
      const parser = new csv.Parser(again, { delimiter: ',' });
      let wrong; try { await csv.parse(again, { asObjects: true, fromLine: 1 }); } catch (error) { wrong = error.message; }
      export const options = { vus: 2, iterations: 2 };
      export default async function () {
        const bytes = new Uint8Array(4), sizes = [];
        await file.seek(0, SeekMode.Start);
        for (let n; (n = await file.read(bytes)) !== null; ) sizes.push(n);
        const at = await file.seek(-3, SeekMode.End);
        const head = await parser.next(), { name, size } = await file.stat();
        let late; try { await fs.open('data/t.csv'); } catch (error) { late = error.message; }
        check(null, {
          pieces: () => sizes.reduce((a, b) => a + b) === 21 && sizes[0] === 4 && at === 18,
          stat: () => name === 't.csv' && size === 21,
          rows: () => rows.length === 2 && rows[1].join() === 'b x,2' && rows[0][1] === '1',
          objects: () => objects[0].name === 'a' && objects.length === 2,
          range: () => line.length === 1 && line[0][0] === 'a',
          parser: () => !head.done && head.value.join() === 'name,n' && wrong.includes('asObjects'),
          late: () => late.includes('not supported'),
        });
      }`,
    'data/t.csv': 'name,n\na,1\n"b x",2\n\n\n',
  });
  expect([failed, count]).toEqual([[], 14]);
});

test.concurrent('secrets come from files and no log shows them', async () => {
  const script = {
    'script.js': `
      import secrets from 'k6/secrets'; import { check } from 'k6';
      export default async function () {
        const key = await secrets.get('key'), other = await secrets.source('more').get('b');
        console.log('the key is ' + key);
        const error = await secrets.get('none').catch((e) => e.message);
        check(null, { key: () => key === 'abc=123', other: () => other === 'two', none: () => error.includes('no value') });
      }`,
    'keys.txt': 'key=abc=123\n\nsecond=x y\n',
  };
  const { failed, count, stderr } = await failedChecks(script, [
    '--secret-source=file=keys.txt',
    '--secret-source=mock=name=more,a=one,b=two',
  ]);
  expect([failed, count]).toEqual([[], 3]);
  expect(stderr).toContain('the key is ***SECRET_REDACTED***');
  expect(stderr).not.toContain('abc=123');
  const refused = await runScript('export default () => {}', { args: ['--secret-source', 'url=http://x'] });
  expect([refused.code, refused.stderr]).toEqual([104, expect.stringContaining('--secret-source url')]);
});

test.concurrent('timers and streams are modules as well, and an iteration lasts until its timers have ended', async () => {
  const { failed, count } = await failedChecks(`
    import { setTimeout, setInterval, clearInterval } from 'k6/timers'; import { check } from 'k6';
    import { ReadableStream, WritableStream } from 'k6/experimental/streams';
    export default async function () {
      let ticks = 0;
      const ticker = setInterval(() => {
        ticks += 1;
        if (ticks < 3) return;
        clearInterval(ticker);
        setTimeout((text) => check(null, { late: () => text === 'x' && ticks === 3 }), 60, 'x');
      }, 5);
      const stream = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close(); } });
      const reader = stream.getReader();
      const pieces = [await reader.read(), await reader.read(), await reader.read()];
      check(pieces, { stream: ([a, b, c]) => a.value === 1 && b.value === 2 && c.done });
      const written = [];
      const writer = new WritableStream({ write(piece) { written.push(piece); } }).getWriter();
      await writer.write('a');
      await writer.close();
      check(written, { written: ([a]) => a === 'a' });
    }`);
  expect([failed, count]).toEqual([[], 3]);
});

test.concurrent.each(['k6/net/grpc', 'k6/browser', 'k6/experimental/redis', 'k6/x/sql', 'k6/nothing'])(
  '%s is refused by its name',
  async (name) => {
    const { code, stderr } = await runScript(`import x from '${name}'; export default () => {}`);
    expect([code, stderr]).toEqual([104, expect.stringContaining(`script.js:1: cannot import "${name}"`)]);
  },
);

test.concurrent('a way to authenticate that is not offered ends the test by its name', async () => {
  const script = `import http from 'k6/http';
    export default function () { try { http.get(__ENV.U, { auth: 'ntlm' }); } finally { console.log('went on'); } }`;
  const { code, stderr } = await runScript(script, URL_ENV);
  expect([code, stderr]).toEqual([104, expect.stringContaining('the authentication "ntlm" is not offered')]);
  expect(stderr).not.toContain('went on');
});
