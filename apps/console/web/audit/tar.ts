const BLOCK = 512;

/** Returns an archive (POSIX ustar) of a folder with these texts, readable by its owner alone. */
export function toTar(folder: string, files: Record<string, string>): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const content = new TextEncoder().encode(text);
    return [headerOf(`${folder}/${name}`, content.byteLength), content, paddingOf(content.byteLength)];
  });
  const whole = [...parts, new Uint8Array(2 * BLOCK)];
  const archive = new Uint8Array(whole.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of whole) {
    archive.set(part, at);
    at += part.byteLength;
  }
  return archive;
}

function headerOf(path: string, size: number): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  put(path, 0);
  put(octal(0o600, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(0, 11), 136);
  // The checksum is taken with spaces in its own place.
  put('        0', 148);
  put('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${octal(sum, 6)}\u0000 `, 148);
  return header;
}

const paddingOf = (size: number) => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
