import type { Sample, Tags } from '../protocol/metrics.ts';
import type { HttpOptions, RequestSpec, ResponseData } from '../protocol/requests.ts';

/** Returns the samples that k6 takes of a request. `bodyBytes` is the size of the body as it was received. */
export function samplesOf(
  spec: RequestSpec,
  data: ResponseData,
  bodyBytes: number,
  { hasIpTag }: Pick<HttpOptions, 'hasIpTag'>,
): Sample[] {
  const isExpected = spec.expected?.some(({ min, max }) => data.status >= min && data.status <= max);
  const tags = tagsOf(spec, data, isExpected, hasIpTag ? data.remote_ip : '');
  const { timings } = data;
  const samples: Sample[] = [
    { metric: 'http_reqs', value: 1, tags },
    { metric: 'http_req_duration', value: timings.duration, tags },
    { metric: 'http_req_blocked', value: timings.blocked, tags },
    { metric: 'http_req_connecting', value: timings.connecting, tags },
    { metric: 'http_req_tls_handshaking', value: timings.tls_handshaking, tags },
    { metric: 'http_req_sending', value: timings.sending, tags },
    { metric: 'http_req_waiting', value: timings.waiting, tags },
    { metric: 'http_req_receiving', value: timings.receiving, tags },
  ];
  if (isExpected !== undefined) {
    samples.push({ metric: 'http_req_failed', value: isExpected ? 0 : 1, tags });
  }
  samples.push({ metric: 'data_sent', value: sentBytes(spec, data), tags: spec.tags });
  if (data.status !== 0) {
    const received = data.status_text.length + 11 + headBytes(data.headers) + bodyBytes;
    samples.push({ metric: 'data_received', value: received, tags: spec.tags });
  }
  return samples;
}

/** Secrets do not belong into the tags of metrics. */
export function maskCredentials(url: string): string {
  if (!url.includes('@')) return url;
  return url.replace(/^(https?:\/\/)[^/@?#]*@/i, (_, scheme: string) => `${scheme}****:****@`);
}

/** Tags of requests, with what they were made of. */
interface Made extends Pick<RequestSpec, 'method' | 'name'> {
  ofSpec: Tags;
  status: number;
  proto: string;
  error: string;
  errorCode: number;
  isExpected: boolean | undefined;
  ip: string;
  tags: Tags;
}

/** Most scripts have no more requests in turn. */
const MADE_MAX = 8;
const made: Made[] = [];
let next = 0;

/** Returns the object of an earlier request where its tags are the same. */
function tagsOf(spec: RequestSpec, data: ResponseData, isExpected: boolean | undefined, ip: string): Tags {
  const { method, name, tags: ofSpec } = spec;
  const { status, proto, error, error_code: errorCode } = data;
  for (let index = 0; index < made.length; index += 1) {
    const entry = made[index]!;
    if (
      entry.ofSpec === ofSpec &&
      entry.status === status &&
      entry.errorCode === errorCode &&
      entry.isExpected === isExpected &&
      entry.ip === ip &&
      entry.method === method &&
      entry.proto === proto &&
      entry.error === error &&
      entry.name === name
    )
      return entry.tags;
  }
  const tags = makeTags(spec, data, isExpected);
  if (ip !== '') tags.ip = ip;
  made[next] = { method, name, ofSpec, status, proto, error, errorCode, isExpected, ip, tags };
  next = (next + 1) % MADE_MAX;
  return tags;
}

function makeTags(spec: RequestSpec, data: ResponseData, isExpected: boolean | undefined): Tags {
  const { method, name } = spec;
  // As in k6, a name stands for the address in both tags: addresses with ids would be series without end.
  const tags: Tags = { ...spec.tags, method, url: name, name, status: String(data.status) };
  if (data.proto) tags.proto = data.proto;
  if (data.error_code !== 0) tags.error_code = String(data.error_code);
  if (data.error) tags.error = data.error;
  if (isExpected !== undefined) tags.expected_response = String(isExpected);
  return tags;
}

/** Returns a request's bytes. fetch shows the body alone; the rest counts as HTTP/1.1 writes it. */
function sentBytes(spec: RequestSpec, data: ResponseData): number {
  const size = typeof spec.body === 'string' ? Buffer.byteLength(spec.body) : (spec.body?.length ?? 0);
  return spec.method.length + spec.url.length + 12 + headBytes(data.request.headers) + size;
}

function headBytes(headers: Record<string, string | string[]>): number {
  let sum = 4;
  for (const name in headers) sum += name.length + String(headers[name]).length + 4;
  return sum;
}
