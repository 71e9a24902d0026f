import { createHash, createHmac, randomBytes as random } from 'node:crypto';

/** `k6/crypto`: hashes, HMACs, random bytes. */
const ALGORITHMS: Record<string, string> = {
  md4: 'md4',
  md5: 'md5',
  sha1: 'sha1',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  sha512_224: 'sha512-224',
  sha512_256: 'sha512-256',
  ripemd160: 'ripemd160',
};

type Input = string | ArrayBuffer | Uint8Array;

export function createCryptoModule() {
  const native = (name: string) => {
    const algorithm = ALGORITHMS[name];
    if (!algorithm) throw new Error(`invalid algorithm: ${name}`);
    return algorithm;
  };
  const createHasher = (name: string) => hasher(() => createHash(native(name)));
  const createHmacHasher = (name: string, secret: Input) =>
    hasher(() => createHmac(native(name), bytes(secret)));
  const hashes = Object.fromEntries(
    Object.keys(ALGORITHMS).map((name) => [
      name,
      (input: Input, encoding: string) => createHasher(name).update(input).digest(encoding),
    ]),
  );
  const module = {
    ...hashes,
    createHash: createHasher,
    createHMAC: createHmacHasher,
    hmac: (name: string, secret: Input, input: Input, encoding: string) =>
      createHmacHasher(name, secret).update(input).digest(encoding),
    randomBytes: (size: number) => {
      if (!(size >= 1)) throw new Error('invalid size');
      return Uint8Array.from(random(size)).buffer;
    },
  };
  return { __esModule: true, ...module, default: module };
}

/** Keeps what it was given: k6's hashers can be asked more than once, Node's cannot. */
function hasher(create: () => { update(data: Uint8Array): { digest(): Buffer }; digest(): Buffer }) {
  const parts: Uint8Array[] = [];
  const self = {
    update(input: Input) {
      parts.push(bytes(input));
      return self;
    },
    digest(encoding: string): string | ArrayBuffer {
      const sum = create().update(Buffer.concat(parts)).digest();
      if (encoding === 'binary') return Uint8Array.from(sum).buffer;
      const named = {
        hex: 'hex',
        base64: 'base64',
        base64url: 'base64url',
        base64rawurl: 'base64url',
      } as const;
      const native = named[encoding as keyof typeof named];
      if (!native) throw new Error(`invalid output encoding: ${encoding}`);
      const text = sum.toString(native);
      return encoding === 'base64url' ? text + '='.repeat((4 - (text.length % 4)) % 4) : text;
    },
  };
  return self;
}

function bytes(input: Input): Uint8Array {
  if (typeof input === 'string') return Buffer.from(input, 'utf8');
  return input instanceof Uint8Array ? input : new Uint8Array(input);
}
