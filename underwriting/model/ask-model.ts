import type { FeatureVector, Prediction } from '../risk-model.ts';
import { createCodec } from './codec.ts';
import { OWN_NAMES } from './model-names.ts';
import type { ModelNames, ModelSettings } from './model-settings.ts';

/** Sends a body to the model. Throws when it does not respond in time, or with 5xx. */
export type PostToModel = (
  body: unknown,
  signal: AbortSignal | undefined,
) => Promise<{ status: number; text: string }>;

export interface Question {
  /** The model's names of the features; ours unless named. */
  names?: ModelNames;
  /** Ends the question early: requests that have not begun are not sent. */
  signal?: AbortSignal;
  /** Whether no customer waits for the response: vectors that are asked one by one then share a few slots. */
  isBackground?: boolean;
}

export type AskModel = (vectors: FeatureVector[], question?: Question) => Promise<Prediction[]>;

/** The model rejected the request (4xx): our fault, which says nothing about the model's health. */
export class ModelRejection extends Error {
  override name = 'ModelRejection';
  constructor(readonly status: number) {
    super(`the model returned ${status}`);
  }
}

/**
 * While replicas of a model are replaced, calls of one question may reach two versions: the customer and the
 * twin are to be judged by one. A model of several parts names two each time, and is believed then.
 */
const TRIES_OF_ONE_VERSION = 3;

/**
 * Bounded, so that a search over hundreds of vectors does not flood a model that takes one vector per call.
 */
const BACKGROUND_AT_ONCE = 8;

/** Returns whether the model rejected the vectors themselves: it would reject them again. */
export function isAboutVectors(error: unknown): boolean {
  return error instanceof ModelRejection && !NOT_ABOUT_VECTORS.includes(error.status);
}

/** Rejections that say nothing about the vectors: not allowed, not there, too many requests. */
const NOT_ABOUT_VECTORS = [401, 403, 404, 405, 408, 429];

/**
 * Asks a model about vectors, in one call. A model that rejects several vectors and then takes one is asked
 * one by one from then on.
 */
export function createAskModel(deps: {
  settings: ModelSettings;
  post: PostToModel;
  onSingle?: () => void;
}): AskModel {
  const { settings, post, onSingle } = deps;
  const codec = createCodec(settings);
  const runInSlot = createSlots(BACKGROUND_AT_ONCE);
  let takesSeveral = true;

  const ask = async (body: unknown, count: number, names: ModelNames, signal?: AbortSignal) => {
    const { status, text } = await post(body, signal);
    if (status >= 400 && status < 500) throw new ModelRejection(status);
    if (status !== 200) throw new Error(`the model returned ${status}`);
    return codec.decode(JSON.parse(text), count, names);
  };

  const askEach = async (vectors: FeatureVector[], names: ModelNames, question: Question) => {
    let failed = false;
    const askSingle = async (vector: FeatureVector) => {
      question.signal?.throwIfAborted();
      if (failed) throw new Error('another vector failed');
      try {
        return await ask(codec.encodeSingle(vector, names), 1, names, question.signal);
      } catch (error) {
        failed = true;
        throw error;
      }
    };
    const predictions = await Promise.all(
      vectors.map((vector) =>
        question.isBackground ? runInSlot(() => askSingle(vector), question.signal) : askSingle(vector),
      ),
    );
    return predictions.flat();
  };

  const askOneByOne = async (vectors: FeatureVector[], names: ModelNames, question: Question) => {
    let predictions = await askEach(vectors, names, question);
    for (let again = 1; again < TRIES_OF_ONE_VERSION && !question.isBackground; again += 1) {
      if (isOfOneVersion(predictions)) break;
      predictions = await askEach(vectors, names, question);
    }
    return predictions;
  };

  return async (vectors, question = {}) => {
    const { names = OWN_NAMES, signal } = question;
    if (vectors.length === 0) return [];
    if (vectors.length === 1 || !takesSeveral) return askOneByOne(vectors, names, question);
    try {
      return await ask(codec.encode(vectors, names), vectors.length, names, signal);
    } catch (error) {
      if (!isAboutVectors(error)) throw error;
      const predictions = await askOneByOne(vectors, names, question);
      if (takesSeveral) onSingle?.();
      takesSeveral = false;
      return predictions;
    }
  };
}

function isOfOneVersion([first, ...further]: Prediction[]): boolean {
  return further.every(({ model_version }) => model_version === first?.model_version);
}

/** Bounds work to `count` at once; the rest waits in order, each until its signal aborts. */
function createSlots(count: number) {
  let free = count;
  const queue: (() => void)[] = [];
  const waitForSlot = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      const leave = () => {
        queue.splice(queue.indexOf(enter), 1);
        reject(signal?.reason as Error);
      };
      const enter = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      queue.push(enter);
      signal?.addEventListener('abort', leave);
    });
  return async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    signal?.throwIfAborted();
    if (free > 0) free -= 1;
    else await waitForSlot(signal);
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else free += 1;
    }
  };
}
