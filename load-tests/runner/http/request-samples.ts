import type { Sample, Tags } from '../protocol/metrics.ts';
import type { RequestSpec, ResponseData } from '../protocol/requests.ts';

const PHASES = ['blocked', 'connecting', 'tls_handshaking', 'sending', 'waiting', 'receiving'] as const;

/** Returns the samples that k6 takes of a request. `bodyBytes` is the size of the body as it was received. */
export function samplesOf(spec: RequestSpec, data: ResponseData, bodyBytes: number): Sample[] {
  const isExpected = spec.expected?.some(({ min, max }) => data.status >= min && data.status <= max);
  const tags = tagsOf(spec, data, isExpected);
  const samples: Sample[] = [
    { metric: 'http_reqs', value: 1, tags },
    { metric: 'http_req_duration', value: data.timings.duration, tags },
    ...PHASES.map((phase) => ({ metric: `http_req_${phase}`, value: data.timings[phase], tags })),
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

function tagsOf(spec: RequestSpec, data: ResponseData, isExpected: boolean | undefined): Tags {
  const { method, name } = spec;
  // As in k6, a name stands for the address in both tags: addresses with ids would be series without end.
  const tags: Tags = { ...spec.tags, method, url: name, name, status: String(data.status) };
  if (data.proto) tags.proto = data.proto;
  if (data.error_code !== 0) tags.error_code = String(data.error_code);
  if (data.error) tags.error = data.error;
  if (isExpected !== undefined) tags.expected_response = String(isExpected);
  return tags;
}

/** Of the wire's bytes fetch shows the bodies; the rest is counted as it is written in HTTP/1.1. */
function sentBytes(spec: RequestSpec, data: ResponseData): number {
  const size = typeof spec.body === 'string' ? Buffer.byteLength(spec.body) : (spec.body?.length ?? 0);
  return spec.method.length + spec.url.length + 12 + headBytes(data.request.headers) + size;
}

function headBytes(headers: Record<string, unknown>): number {
  const lines = Object.entries(headers);
  return lines.reduce((sum, [name, value]) => sum + name.length + String(value).length + 4, 4);
}
