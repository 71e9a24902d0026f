/** Bodies of several parts, as scripts import them under the name `formdata`. */
const { Buffer } = $ecsEngine;

interface FileValue {
  data: string | ArrayBuffer | Uint8Array;
  filename?: string;
  content_type?: string;
}

type PartValue = string | number | boolean | FileValue;

export class FormData {
  boundary = `----ecs-load-${Math.random().toString(16).slice(2)}${Date.now().toString(16)}`;
  parts: { field: string; value: PartValue }[] = [];

  append(field: string, value: PartValue, filename?: string): void {
    const isFile = typeof value === 'object';
    this.parts.push({ field, value: isFile && filename !== undefined ? { ...value, filename } : value });
  }

  /** The parts as bytes, which a request takes as its body. */
  body(): ArrayBuffer {
    const pieces = this.parts.flatMap(({ field, value }) => {
      const isFile = typeof value === 'object';
      const type = isFile ? (value.content_type ?? 'application/octet-stream') : undefined;
      const filename = isFile ? `; filename="${value.filename ?? 'file'}"` : '';
      const head =
        `--${this.boundary}\r\nContent-Disposition: form-data; name="${field}"${filename}\r\n` +
        (type ? `Content-Type: ${type}\r\n\r\n` : '\r\n');
      return [Buffer.from(head), bytesOf(isFile ? value.data : String(value)), Buffer.from('\r\n')];
    });
    return Uint8Array.from(Buffer.concat([...pieces, Buffer.from(`--${this.boundary}--\r\n`)])).buffer;
  }
}

const bytesOf = (data: FileValue['data']): Uint8Array =>
  typeof data === 'string' ? Buffer.from(data) : new Uint8Array(data as ArrayBuffer);
