// expect: exit 0; checks 5/0
import { check } from 'k6';
import crypto from 'k6/crypto';

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'md5': () => crypto.md5('hello', 'hex') === '5d41402abc4b2a76b9719d911017c592',
    'sha256': () => crypto.sha256('a', 'base64') === 'ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=',
    'hmac': () => crypto.hmac('sha256', 'k', 'v', 'hex').length === 64,
    'hash': () => (() => { const h = crypto.createHash('sha1'); h.update('a'); h.update('b'); return h.digest('hex') === crypto.sha1('ab', 'hex'); })(),
    'random': () => crypto.randomBytes(8).byteLength === 8,
  });
}
