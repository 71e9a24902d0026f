import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

/** The bytes of a response, with waits (ms) between them, and how the connection ends after them. */
export interface Reply {
  parts: (string | Buffer | number)[];
  end?: 'close' | 'reset';
  method?: string;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const LENGTH = 'Content-Length: 2\r\n\r\nhi';
const PAUSE = 15;

const whole = (text: string): Reply => ({ parts: [text] });
const closed = (text: string): Reply => ({ parts: [text], end: 'close' });
const headers = (lines: string): Reply => whole(`HTTP/1.1 200 OK\r\n${lines}\r\n${LENGTH}`);
const coded = (coding: string, body: Buffer): Reply => ({
  parts: [`HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`, body],
});
const oneChunk = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
const gzip = gzipSync('hello');
const count = (length: number) => Array.from({ length }, (_, index) => `X-${index}: v`).join('\r\n');

/** Servers as they should be, and as they should not. */
export const REPLIES: Record<string, Reply> = {
  plain: whole(OK),
  'no body': whole('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  'in small pieces': {
    parts: ['HTTP', PAUSE, '/1.1 200 OK\r\nCon', PAUSE, 'tent-Length: 2\r', PAUSE, '\n\r\nh', PAUSE, 'i'],
  },
  '100 first': whole(`HTTP/1.1 100 Continue\r\n\r\n${OK}`),
  '103 first, by itself': { parts: ['HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n', PAUSE, OK] },
  '101 that nobody asked for': whole(`HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n${OK}`),
  '204': whole('HTTP/1.1 204 No Content\r\n\r\n'),
  '204 with a body': whole(`HTTP/1.1 204 No Content\r\n${LENGTH}`),
  '304 with a length': whole('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'),
  HEAD: { ...whole('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n'), method: 'HEAD' },
  'HEAD, chunked': { ...whole(CHUNKED), method: 'HEAD' },
  'HEAD, coded': {
    ...whole('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n'),
    method: 'HEAD',
  },
  'a chunk': whole(`${CHUNKED}5\r\nhello\r\n0\r\n\r\n`),
  'chunks with extensions': whole(`${CHUNKED}5;a=1;b\r\nhello\r\nA;x\r\n0123456789\r\n0\r\n\r\n`),
  'chunks with trailers': whole(`${CHUNKED}5\r\nhello\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n`),
  'chunks in pieces': {
    parts: [
      CHUNKED,
      '5\r',
      PAUSE,
      '\nhel',
      PAUSE,
      'lo\r\n',
      PAUSE,
      '3\r\nabc\r',
      PAUSE,
      '\n0\r\n',
      PAUSE,
      '\r\n',
    ],
  },
  'lines of chunks without CR': whole(`${CHUNKED}5\nhello\n0\n\n`),
  'a size that is none': whole(`${CHUNKED}zz\r\nhello\r\n0\r\n\r\n`),
  'a size without end': whole(`${CHUNKED}FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n`),
  'a chunk longer than its size': whole(`${CHUNKED}5\r\nhelloXX0\r\n\r\n`),
  'a chunk that ends early': closed(`${CHUNKED}5\r\nhel`),
  'chunks without the last': closed(`${CHUNKED}5\r\nhello\r\n`),
  'chunks without the last line': closed(`${CHUNKED}5\r\nhello\r\n0\r\n`),
  'chunks and a length': whole(
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ),
  'a coded transfer': closed(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ),
  'an identical transfer': closed('HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nhello'),
  'a body that ends early': closed('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi'),
  'a body that is reset': { parts: ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi', PAUSE], end: 'reset' },
  'two equal lengths': headers('Content-Length: 2'),
  'two lengths': headers('Content-Length: 1'),
  'a length that is none': whole('HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhi'),
  'a length below zero': closed('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhi'),
  'a length with a sign': whole('HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi'),
  'until the end': closed('HTTP/1.1 200 OK\r\n\r\nhello'),
  'until the end, as said': closed('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello'),
  'a length and the end': closed(`HTTP/1.1 200 OK\r\nConnection: close\r\n${LENGTH}`),
  'bytes behind the response': whole(`${OK}GARBAGE`),
  'a second response': whole(OK + OK),
  'no response': closed(''),
  'a reset': { parts: [], end: 'reset' },
  'half a head': closed('HTTP/1.1 200 OK\r\nConte'),
  'another protocol': whole('SSH-2.0-OpenSSH_9.2 and more\r\n'),
  'a short line of another': closed('NONSENSE\r\n\r\n'),
  'a status that is none': whole('HTTP/1.1 abc OK\r\n\r\n'),
  'a status of four digits': whole(`HTTP/1.1 2000 X\r\n${LENGTH}`),
  'status 600': whole(`HTTP/1.1 600 X\r\n${LENGTH}`),
  'HTTP/1.0': closed('HTTP/1.0 200 OK\r\n\r\nhello'),
  'HTTP/1.0 with a length': whole(`HTTP/1.0 200 OK\r\n${LENGTH}`),
  'HTTP/2.0': whole(`HTTP/2.0 200 OK\r\n${LENGTH}`),
  'no reason': whole(`HTTP/1.1 200\r\n${LENGTH}`),
  'an empty reason': whole(`HTTP/1.1 200 \r\n${LENGTH}`),
  'a reason in Latin-1': { parts: [Buffer.from(`HTTP/1.1 200 \xe9 x\r\n${LENGTH}`, 'latin1')] },
  'lines without CR': whole('HTTP/1.1 200 OK\nContent-Length: 2\n\nhi'),
  'a header in Latin-1': { parts: [Buffer.from(`HTTP/1.1 200 OK\r\nX-A: \xe9\r\n${LENGTH}`, 'latin1')] },
  'a header in UTF-8': headers('X-A: é'),
  'spaces around values': headers('X-A:   a b  \r\nX-B:\r\nX-C:c\r\nX-D: \ta\tb\t'),
  'a header twice': headers(
    'X-A: one\r\nx-a: two\r\nSet-Cookie: a=1; Path=/\r\nA-First: x\r\nSet-Cookie: b=2',
  ),
  'a folded header': headers('X-A: a\r\n b'),
  'a space before the colon': headers('X-A : a'),
  'a line without a colon': headers('XA'),
  'a control character': headers('X-A: a\x01b'),
  'many headers': headers(count(250)),
  'too many headers': headers(count(300)),
  'a huge header': headers(`X-A: ${'a'.repeat(300_000)}`),
  'a large body': {
    parts: [`HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n`, Buffer.alloc(3_000_000, 'x')],
  },
  'a large body of chunks': { parts: [CHUNKED, oneChunk(Buffer.alloc(300_000, 'y'))] },
  'a mark at the front': whole('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\ufeffhi'),
  'bytes that are no UTF-8': {
    parts: ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', Buffer.from([0xff, 0x41])],
  },
  gzip: coded('gzip', gzip),
  'x-gzip': coded('x-gzip', gzip),
  GZIP: coded('GZIP', gzip),
  deflate: coded('deflate', deflateSync('hello')),
  'raw deflate': coded('deflate', deflateRawSync('hello')),
  br: coded('br', brotliCompressSync('hello')),
  zstd: coded('zstd', zstdCompressSync('hello')),
  'two codings': coded('gzip, br', brotliCompressSync(gzip)),
  'an unknown coding': coded('foo', Buffer.from('hello')),
  'the identical coding': coded('identity', Buffer.from('hello')),
  'a coding that it is not in': coded('gzip', Buffer.from('hello')),
  'br that is none': coded('br', Buffer.from('hello')),
  'zstd that is none': coded('zstd', Buffer.from('hello')),
  'deflate that is none': coded('deflate', Buffer.from('hello')),
  'gzip that ends early': coded('gzip', gzipSync('hello'.repeat(100)).subarray(0, 20)),
  'bytes behind gzip': coded('gzip', Buffer.concat([gzip, Buffer.from('xx')])),
  'gzip in two members': coded('gzip', Buffer.concat([gzip, gzipSync('more')])),
  'gzip of nothing': coded('gzip', Buffer.alloc(0)),
  'gzip in a chunk': {
    parts: [
      'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n',
      oneChunk(gzip),
    ],
  },
  'gzip until the end': { parts: ['HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n', gzip], end: 'close' },
  'a slow head': { parts: ['HTTP/1.1 200'] },
  'a slow body': { parts: ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi'] },
  'a redirect': whole(
    'HTTP/1.1 302 Found\r\nLocation: /plain?a=b\r\nSet-Cookie: c=1\r\nContent-Length: 0\r\n\r\n',
  ),
  'a redirect with a body': whole('HTTP/1.1 301 Moved\r\nLocation: plain\r\nContent-Length: 3\r\n\r\nbye'),
  'a redirect to nowhere': whole('HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n'),
  'a redirect that cannot be read': whole(
    'HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nContent-Length: 0\r\n\r\n',
  ),
  'a redirect to another scheme': whole(
    'HTTP/1.1 307 Temporary\r\nLocation: ftp://a/b\r\nContent-Length: 0\r\n\r\n',
  ),
  'a redirect to a refusal': whole(
    'HTTP/1.1 307 Temporary\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n',
  ),
  'a redirect without end': whole(
    'HTTP/1.1 302 Found\r\nLocation: /a redirect without end\r\nContent-Length: 0\r\n\r\n',
  ),
};
