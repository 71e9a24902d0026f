import type { Sample, Tags } from './metrics.ts';

/**
 * Samples as numbers, which cross threads at little cost: each metric and each set of tags is sent once, with
 * the number that stands for it.
 */
export interface SampleBatch {
  /** The words and tags that are new, in the order of their numbers. */
  metrics: string[];
  tags: Tags[];
  /** Whether all tags sent before are forgotten. */
  isReset: boolean;
  /** Metric, tags, value; metric, tags, value; ... */
  numbers: Float64Array;
}

/** Bounded because a script may tag each sample with a word of its own. */
const TAGS_MAX = 5000;

/** A multiple of three. */
const NUMBERS_MIN = 384;

export function createSampleEncoder() {
  const metricNumbers = new Map<string, number>();
  const tagNumbers = new Map<string, number>();
  /** Of sets that came before, by themselves: most come again and again. */
  let numbersBySet = new WeakMap<Tags, number>();
  let fresh = { metrics: [] as string[], tags: [] as Tags[], isReset: false };
  let numbers = new Float64Array(NUMBERS_MIN);
  let length = 0;
  let lastTags: Tags | undefined;
  let lastNumber = 0;
  const numberByContent = (tags: Tags): number => {
    const key = JSON.stringify(tags);
    let number = tagNumbers.get(key);
    if (number === undefined) {
      number = tagNumbers.size;
      tagNumbers.set(key, number);
      fresh.tags.push(tags);
    }
    numbersBySet.set(tags, number);
    return number;
  };
  const numberOfTags = (tags: Tags): number => {
    // The samples of a request share an object.
    if (tags === lastTags) return lastNumber;
    lastTags = tags;
    lastNumber = numbersBySet.get(tags) ?? numberByContent(tags);
    return lastNumber;
  };
  return {
    add({ metric, value, tags }: Sample): void {
      let number = metricNumbers.get(metric);
      if (number === undefined) {
        number = metricNumbers.size;
        metricNumbers.set(metric, number);
        fresh.metrics.push(metric);
      }
      if (length === numbers.length) {
        const longer = new Float64Array(length * 2);
        longer.set(numbers);
        numbers = longer;
      }
      numbers[length] = number;
      numbers[length + 1] = numberOfTags(tags);
      numbers[length + 2] = value;
      length += 3;
    },
    isEmpty: () => length === 0,
    take(): SampleBatch {
      const batch = { ...fresh, numbers: numbers.slice(0, length) };
      const isReset = tagNumbers.size > TAGS_MAX;
      if (isReset) {
        tagNumbers.clear();
        numbersBySet = new WeakMap();
      }
      fresh = { metrics: [], tags: [], isReset };
      length = 0;
      lastTags = undefined;
      return batch;
    },
  };
}

/** Returns the decoder of one encoder's batches, in their order. */
export function createSampleDecoder(emit: (sample: Sample) => void): (batch: SampleBatch) => void {
  const metrics: string[] = [];
  let tags: Tags[] = [];
  return (batch) => {
    if (batch.isReset) tags = [];
    metrics.push(...batch.metrics);
    tags.push(...batch.tags);
    const { numbers } = batch;
    for (let at = 0; at < numbers.length; at += 3) {
      const metric = metrics[numbers[at] ?? -1] ?? '';
      emit({ metric, tags: tags[numbers[at + 1] ?? -1] ?? {}, value: numbers[at + 2] ?? 0 });
    }
  };
}
