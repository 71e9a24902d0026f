/** The data of a call with the facts of its response. */
export interface ApiResponse<T> {
  data: T;
  status: number;
  headers: Headers;
  /** `X-Request-Id` of the response: support asks for it. */
  requestId: string;
  /** How many attempts it took, from 1. */
  attempts: number;
}

/** A call that was made: await it for its data, or `withResponse()` for the response as well. */
export interface ApiCall<T> extends Promise<T> {
  /**
   * Resolves with the data and its response; rejects as the call does.
   *
   * @example
   * const { data, requestId, headers } = await ecs.analyses.create(userId).withResponse();
   */
  withResponse(): Promise<ApiResponse<T>>;
}

const requestIds = new WeakMap<object, string>();

/**
 * Returns the request id of a call by its data; null for any other value.
 *
 * @example
 * const analysis = await ecs.analyses.create(userId);
 * console.log(requestIdOf(analysis));
 */
export function requestIdOf(data: unknown): string | null {
  return typeof data === 'object' && data !== null ? (requestIds.get(data) ?? null) : null;
}

/** Gives the promise of a response the form of a call. */
export function toApiCall<T>(outcome: Promise<ApiResponse<T>>): ApiCall<T> {
  const data = outcome.then((response) => {
    if (typeof response.data === 'object' && response.data !== null) {
      requestIds.set(response.data, response.requestId);
    }
    return response.data;
  });
  return Object.assign(data, {
    withResponse() {
      // The failure is the returned promise's from here on.
      data.catch(() => {});
      return outcome.then((response) => response);
    },
  });
}

/** The same call with other data. */
export function mapCall<A, B>(call: ApiCall<A>, toData: (data: A) => B): ApiCall<B> {
  return toApiCall(call.withResponse().then((response) => ({ ...response, data: toData(response.data) })));
}
