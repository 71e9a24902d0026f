type Variant = 'std' | 'rawstd' | 'url' | 'rawurl';

/** The texts of each form: whole groups of four, the last one shorter or, but for the raw forms, padded. */
const FORMS: Record<Variant, RegExp> = {
  std: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  rawstd: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?$/,
  url: /^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/,
  rawurl: /^(?:[\w-]{4})*(?:[\w-]{2,3})?$/,
};

/** `k6/encoding`: base64 in its four forms. */
export function createEncodingModule() {
  const module = {
    b64encode(input: string | ArrayBuffer | Uint8Array, variantOrNull?: Variant | null): string {
      const variant = readVariant(variantOrNull);
      const bytes = typeof input === 'string' ? Buffer.from(input, 'utf8') : Buffer.from(input as Uint8Array);
      const text = bytes.toString(variant.endsWith('url') ? 'base64url' : 'base64');
      const unpadded = text.replace(/=+$/, '');
      return variant.startsWith('raw') ? unpadded : unpadded + '='.repeat((4 - (unpadded.length % 4)) % 4);
    },
    b64decode(input: string, variantOrNull?: Variant | null, format?: string | null): string | ArrayBuffer {
      const variant = readVariant(variantOrNull);
      const text = input.replace(/[\r\n]/g, '');
      if (!FORMS[variant].test(text)) throw new Error(`illegal base64 data of the form ${variant}`);
      const bytes = Buffer.from(text, variant.endsWith('url') ? 'base64url' : 'base64');
      return format === 's' ? bytes.toString('utf8') : Uint8Array.from(bytes).buffer;
    },
  };
  return { __esModule: true, ...module, default: module };
}

/** Any other text is `std`, as in k6. */
const readVariant = (variant?: Variant | null): Variant =>
  variant && ['rawstd', 'url', 'rawurl'].includes(variant) ? variant : 'std';
