const ALGORITHMS: Record<string, Bun.SupportedCryptoAlgorithms> = {
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

/** `k6/crypto`: hashes, HMACs, random bytes. */
export function createCryptoModule() {
  const createHash = (name: string, secret?: Input) => {
    const algorithm = ALGORITHMS[name];
    if (!algorithm) throw new Error(`invalid algorithm: ${name}`);
    const key = secret === undefined ? undefined : Buffer.from(secret as Uint8Array);
    return hasher(new Bun.CryptoHasher(algorithm, key));
  };
  const hashes = Object.fromEntries(
    Object.keys(ALGORITHMS).map((name) => [
      name,
      (input: Input, encoding: string) => createHash(name).update(input).digest(encoding),
    ]),
  );
  const module = {
    ...hashes,
    createHash: (name: string) => createHash(name),
    createHMAC: (name: string, secret: Input) => createHash(name, secret),
    hmac: (name: string, secret: Input, input: Input, encoding: string) =>
      createHash(name, secret).update(input).digest(encoding),
    randomBytes: (size: number) => {
      if (!(size >= 1)) throw new Error('invalid size');
      return crypto.getRandomValues(new Uint8Array(size)).buffer;
    },
  };
  return { __esModule: true, ...module, default: module };
}

const ENCODINGS = {
  hex: 'hex',
  base64: 'base64',
  base64url: 'base64url',
  base64rawurl: 'base64url',
} as const;

function hasher(hash: Bun.CryptoHasher) {
  const self = {
    update(input: Input) {
      hash.update(input);
      return self;
    },
    /** Digests a copy: k6's hashers can be read more than once. */
    digest(encoding: string): string | ArrayBuffer {
      const sum = Buffer.from(hash.copy().digest());
      if (encoding === 'binary') return Uint8Array.from(sum).buffer;
      const native = ENCODINGS[encoding as keyof typeof ENCODINGS];
      if (!native) throw new Error(`invalid output encoding: ${encoding}`);
      const text = sum.toString(native);
      return encoding === 'base64url' ? text + '='.repeat((4 - (text.length % 4)) % 4) : text;
    },
  };
  return self;
}
