import { readHttpUrl } from '../addresses/http.ts';
import { TRANSPORTS } from '../addresses/protection.ts';
import { addressOf, type Environment, text } from '../kernel/config.ts';

/**
 * OpenTelemetry's own variables, as far as they are obeyed here; any other that begins with OTEL_ is refused
 * by name.
 */
export interface TracingSettings {
  /** Where spans are posted. */
  url: string;
  headers: Record<string, string>;
  serviceName: string | null;
  resource: Record<string, string>;
  /** The share of traces, 0 to 1. */
  share: number;
}

const SAMPLERS: Record<string, (share: number) => number> = {
  always_on: () => 1,
  always_off: () => 0,
  traceidratio: (share) => share,
};
/** Read together, with the endpoint. */
const OTHERS = {
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text(''),
  OTEL_EXPORTER_OTLP_HEADERS: text(''),
  OTEL_EXPORTER_OTLP_PROTOCOL: text(''),
  OTEL_TRACES_EXPORTER: text(''),
  OTEL_TRACES_SAMPLER: text(''),
  OTEL_TRACES_SAMPLER_ARG: text(''),
  OTEL_SERVICE_NAME: text(''),
  OTEL_RESOURCE_ATTRIBUTES: text(''),
  OTEL_SDK_DISABLED: text(''),
};

/** Null while nobody has named a collector. */
export const TRACING_VARIABLES = {
  OTEL_EXPORTER_OTLP_ENDPOINT: addressOf(TRANSPORTS.http, (endpoint, env = {}) => read(endpoint, env)),
  ...OTHERS,
} as const;

function read(endpoint: string | undefined, env: Environment): TracingSettings | null {
  const settings = Object.entries(env).filter(([name, value]) => name.startsWith('OTEL_') && value?.trim());
  const unknown = settings.map(([name]) => name).filter((name) => !(name in TRACING_VARIABLES));
  if (unknown.length > 0) throw new Error(`comes with ${unknown.join(', ')}, not known here`);
  const options = Object.fromEntries(settings) as Partial<Record<keyof typeof OTHERS, string>>;
  const url = options.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (endpoint && `${baseOf(endpoint)}/v1/traces`);
  const exporter = options.OTEL_TRACES_EXPORTER ?? 'otlp';
  if (!['otlp', 'none'].includes(exporter)) throw new Error('OTEL_TRACES_EXPORTER must be otlp or none');
  const isOff = exporter === 'none' || options.OTEL_SDK_DISABLED?.toLowerCase() === 'true';
  if (!url || isOff) return null;
  readHttpUrl(url);
  const protocol = options.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/json';
  if (protocol !== 'http/json') throw new Error('OTEL_EXPORTER_OTLP_PROTOCOL must be http/json');
  return {
    url,
    headers: readPairs('OTEL_EXPORTER_OTLP_HEADERS', env),
    serviceName: options.OTEL_SERVICE_NAME ?? null,
    resource: readPairs('OTEL_RESOURCE_ATTRIBUTES', env),
    share: readShare(options.OTEL_TRACES_SAMPLER, options.OTEL_TRACES_SAMPLER_ARG),
  };
}

const baseOf = (endpoint: string) => readHttpUrl(endpoint).base;

function readShare(sampler = 'parentbased_always_on', argument = '1'): number {
  const shareOf = SAMPLERS[sampler.replace(/^parentbased_/, '')];
  if (!shareOf) throw new Error(`OTEL_TRACES_SAMPLER must be one of ${Object.keys(SAMPLERS).join(', ')}`);
  const share = Number(argument);
  if (!(share >= 0 && share <= 1)) throw new Error('OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1');
  return shareOf(share);
}

/** `key=value,key=value`, each percent-encoded. */
function readPairs(name: string, env: Environment): Record<string, string> {
  const parts = (env[name] ?? '').split(',').map((part) => part.trim());
  return Object.fromEntries(
    parts.filter(Boolean).map((part) => {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(part) ?? [];
      if (key === undefined || value === undefined) throw new Error(`${name} must be key=value,key=value`);
      return [decodeURIComponent(key.trim()), decodeURIComponent(value.trim())];
    }),
  );
}
