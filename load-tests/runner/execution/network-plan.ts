import { isDirect } from '../http/blocking/blocking-client.ts';
import { findLibc } from '../http/blocking/libc.ts';
import type { HttpOptions } from '../protocol/requests.ts';

/** The way that the requests of users take. */
export interface NetworkPlan {
  /** Whether they share an event loop with the users. */
  areShared: boolean;
  /** The library of the system's calls, with which users that block send their own. */
  libc: string | undefined;
  /** The reason for which they do not. */
  reason: string | undefined;
}

interface Conditions {
  http: HttpOptions;
  usesProxy: boolean;
  areShared: boolean;
}

export function planNetwork({ http, usesProxy, areShared }: Conditions): NetworkPlan {
  const libc = findLibc();
  const reason = indirectReason(http, usesProxy, libc);
  return { areShared, libc: reason === undefined ? libc : undefined, reason: areShared ? undefined : reason };
}

function indirectReason(http: HttpOptions, usesProxy: boolean, libc: string | undefined): string | undefined {
  if (libc === undefined) return "this system's own calls are not known";
  if (usesProxy) return 'a proxy is set';
  return isDirect(http) ? undefined : 'one of the options rps, httpDebug, dns and blacklistIPs is set';
}
