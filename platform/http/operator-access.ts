import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import type { ProblemCode } from '../../sdk/contracts/problems.ts';
import { AppError } from '../kernel/errors.ts';
import { invalidToken, type OperatorPrincipal } from './principal.ts';
import type { Incoming } from './request.ts';

/** The operators of a service that has endpoints of theirs. */
export interface OperatorAccess {
  /**
   * Returns the operator with the roles of this moment; null when the account is disabled, or the token is
   * older than its password. Throws AppError 503 when that cannot be told.
   */
  current(operator: OperatorPrincipal): Promise<OperatorPrincipal | null>;
  /**
   * The one place where each request of an operator is recorded, before its response goes out: without the
   * record there is no response. Also of requests that were rejected after the operator was accepted.
   */
  record?(act: OperatorAct): Promise<void>;
}

/** A request of an operator, with its outcome. */
export interface OperatorAct extends Arrival {
  endpoint: Endpoint;
  requestId: string;
  status: number;
  /** Of a rejection. */
  problem: ProblemCode | null;
}

/** What is read of a request of an operator, up to its handler. */
interface Arrival {
  operator: OperatorPrincipal;
  /** Of the path, as they came. */
  params: Record<string, string>;
  /** Undefined until it was read and checked. */
  body?: unknown;
  query?: unknown;
}

/** Checks the operator of a token again, where the accounts are. Throws AppError 401 or 503. */
export async function requireCurrent(
  operator: OperatorPrincipal,
  access: OperatorAccess,
): Promise<OperatorPrincipal> {
  const current = await access.current(operator);
  if (!current) throw invalidToken();
  return current;
}

/** The requests of operators at one endpoint, from their arrival to their record. */
export interface ActRecorder {
  arrive(request: Incoming, arrival: Arrival): void;
  /** Records the outcome, once. Throws when that fails. */
  record(request: Incoming, requestId: string, result: unknown): Promise<void>;
}

export function createActRecorder(endpoint: Endpoint, access: OperatorAccess): ActRecorder {
  const arrivals = new WeakMap<Incoming, Arrival>();
  return {
    arrive: (request, arrival) => void arrivals.set(request, arrival),
    async record(request, requestId, result) {
      const arrival = arrivals.get(request);
      // A failure to record is an error as well, and is not recorded in its turn.
      if (!arrival || !arrivals.delete(request)) return;
      await access.record?.({ ...arrival, endpoint, requestId, ...outcomeOf(result, endpoint) });
    },
  };
}

function outcomeOf(result: unknown, endpoint: Endpoint): Pick<OperatorAct, 'status' | 'problem'> {
  if (result instanceof AppError) return { status: result.status, problem: result.code };
  if (result instanceof Error) return { status: 500, problem: 'internal_error' };
  return { status: result instanceof Response ? result.status : endpoint.response.status, problem: null };
}
