import type { DeadLetterGroups } from '../contracts/dead-letter-groups.ts';
import type {
  DeadLetterDetails,
  DeadLetterDrop,
  DeadLetterFilter,
  DeadLetterList,
  DeadLetterPreviews,
  DeadLetterReplay,
  DeadLettersDone,
  DeadLetterSelection,
  DroppedDeadLetters,
} from '../contracts/operator-dead-letters.ts';
import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** Messages that could not be handled, each with its cause. */
export interface DeadLetters {
  /**
   * Lists dead letters, oldest first, without payloads; `next_cursor` is the cursor of the next page. Letters
   * that an act has moved meanwhile come again.
   *
   * @throws UnavailableError `broker_unavailable`
   */
  list(filter?: DeadLetterFilter, options?: CallOptions): ApiCall<DeadLetterList>;
  /** Counts dead letters by stream and cause, the largest group first. */
  groups(options?: CallOptions): ApiCall<DeadLetterGroups>;
  /**
   * Predicts the outcome of a replay: of the named dead letters, or of the oldest 500 that match, behind a
   * cursor where one is given. Sends nothing.
   *
   * @throws NotFoundError `dead_letter_not_found`
   */
  preview(selection: DeadLetterSelection, options?: CallOptions): ApiCall<DeadLetterPreviews>;
  /**
   * Role `operator`. Returns a dead letter with its payload, which is personal data.
   *
   * @throws NotFoundError `dead_letter_not_found`, ConflictError `dead_letter_shared` for a message of many
   */
  get(id: string, options?: CallOptions): ApiCall<DeadLetterDetails>;
  /**
   * Role `operator`. Sends dead letters to their streams again: the named ones, or the oldest 500 that match.
   *
   * @throws NotFoundError `dead_letter_not_found`, ConflictError `dead_letter_taken`,
   *   UnavailableError `stream_full`
   */
  replay(replay: DeadLetterReplay, options?: WriteOptions): ApiCall<DeadLettersDone>;
  /**
   * Role `operator`. Drops dead letters for good; operator and reason are kept for a year.
   *
   * @throws NotFoundError `dead_letter_not_found`, ConflictError `dead_letter_taken`,
   *   UnavailableError `stream_full`
   */
  drop(drop: DeadLetterDrop, options?: WriteOptions): ApiCall<DeadLettersDone>;
  /**
   * Lists dropped dead letters with operator, time and reason: the newest, oldest first; `next_cursor` is the
   * cursor of those before.
   */
  dropped(filter?: DeadLetterFilter, options?: CallOptions): ApiCall<DroppedDeadLetters>;
}

export function createDeadLetters(transport: Transport): DeadLetters {
  const list = <T>(path: string, filter: DeadLetterFilter = {}, options?: CallOptions): ApiCall<T> =>
    transport.request({
      method: 'GET',
      path,
      query: filter,
      options,
      expected: { items: 'array' },
    });
  const post = <T = DeadLettersDone>(path: string, body: object, options?: WriteOptions): ApiCall<T> =>
    transport.request({
      method: 'POST',
      path,
      json: body,
      options,
    });
  return {
    list: (filter, options) => list(OPERATOR_PATHS.listDeadLetters, filter, options),
    groups: (options) => transport.request({ method: 'GET', path: OPERATOR_PATHS.groupDeadLetters, options }),
    preview: (selection, options) => post(OPERATOR_PATHS.previewDeadLetterReplay, selection, options),
    get: (id, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.getDeadLetter,
        params: { dead_letter_id: id },
        options,
      }),
    replay: (replay, options) => post(OPERATOR_PATHS.replayDeadLetters, replay, options),
    drop: (drop, options) => post(OPERATOR_PATHS.dropDeadLetters, drop, options),
    dropped: (filter, options) => list(OPERATOR_PATHS.listDroppedDeadLetters, filter, options),
  };
}
