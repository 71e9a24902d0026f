import { VERSION } from './version.ts';

/** The globals by which runtimes are told apart; none of them is everywhere. */
interface RuntimeGlobals {
  Bun?: { version?: string };
  Deno?: { version?: { deno?: string } };
  EdgeRuntime?: unknown;
  process?: { versions?: { node?: string }; env?: Record<string, string | undefined> };
  navigator?: { product?: string; userAgent?: string };
  document?: unknown;
  WorkerGlobalScope?: unknown;
  location?: { origin?: string };
  Response?: { prototype?: object };
}

const globals = (): RuntimeGlobals => globalThis;

/** Returns the headers that name this client; browsers keep `User-Agent` for themselves. */
export function clientHeaders(): Record<string, string> {
  const name = `ecs-sdk/${VERSION} ${runtimeName()}`;
  return { [isBrowser() ? 'x-ecs-client' : 'user-agent']: name };
}

/** Returns the runtime with its version, as `node/22.1.0`, or `browser`. */
function runtimeName(): string {
  const { EdgeRuntime, process, navigator } = globals();
  const bun = globals().Bun?.version;
  if (bun) return `bun/${bun}`;
  const deno = globals().Deno?.version?.deno;
  if (deno) return `deno/${deno}`;
  if (EdgeRuntime !== undefined) return 'edge';
  if (navigator?.userAgent === 'Cloudflare-Workers') return 'workerd';
  if (navigator?.product === 'ReactNative') return 'react-native';
  if (isBrowser()) return 'browser';
  const node = process?.versions?.node;
  return node ? `node/${node}` : 'unknown';
}

/** Whether this is a page or its worker; one that Node simulates has Node's versions. */
function isBrowser(): boolean {
  const { document, WorkerGlobalScope, process } = globals();
  return (document !== undefined || WorkerGlobalScope !== undefined) && !process?.versions?.node;
}

/** Returns the origin of the page, unless it is the one of the API. */
export function foreignOrigin(url: string): string | null {
  const origin = globals().location?.origin;
  return origin === undefined || !isBrowser() || url.startsWith(`${origin}/`) ? null : origin;
}

/** Whether responses of the global `fetch` have a body to read as it comes: React Native's have none. */
export function canStreamBodies(): boolean {
  const { prototype } = globals().Response ?? {};
  return prototype !== undefined && 'body' in prototype;
}

/** Returns an environment variable, where there is an environment that may be read. */
export function readVariable(name: string): string | undefined {
  try {
    return globals().process?.env?.[name];
  } catch {
    // Deno without the permission.
    return undefined;
  }
}
