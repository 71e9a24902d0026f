import { describe, expect, test } from 'bun:test';
import { readConfig } from '../kernel/config.ts';
import { TRACING_VARIABLES } from './tracing-variables.ts';

const read = (env: Record<string, string>) => readConfig(env, TRACING_VARIABLES).OTEL_EXPORTER_OTLP_ENDPOINT;
const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

describe("OpenTelemetry's variables", () => {
  test('without a collector, or when it is turned off, nothing is traced', () => {
    expect(read({})).toBeNull();
    expect(read({ ...COLLECTOR, OTEL_SDK_DISABLED: 'true' })).toBeNull();
    expect(read({ ...COLLECTOR, OTEL_TRACES_EXPORTER: 'none' })).toBeNull();
    expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_SAMPLER: '' })).toBeNull();
  });

  test('name collector, share, headers and resource', () => {
    expect(
      read({
        ...COLLECTOR,
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.01',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x, x-team=credit',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        OTEL_SERVICE_NAME: 'ecs',
      }),
    ).toEqual({
      url: 'http://collector:4318/v1/traces',
      headers: { authorization: 'Bearer x', 'x-team': 'credit' },
      serviceName: 'ecs',
      resource: { 'deployment.environment.name': 'test' },
      share: 0.01,
    });
    expect(read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:1/traces' })?.url).toBe('http://c:1/traces');
  });

  test.each([
    [{ OTEL_LOGS_EXPORTER: 'otlp' }, /OTEL_LOGS_EXPORTER, not known here/],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /must be http\/json/],
    [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, /must be one of always_on/],
    [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, /from 0 to 1/],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, /otlp or none/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'x' }, /key=value/],
  ])('that cannot be obeyed are refused by name: %p', (wrong, message) => {
    expect(() => read({ ...COLLECTOR, ...wrong })).toThrow(message);
  });
});
