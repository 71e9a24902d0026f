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

export function createSampleEncoder() {
  const metricNumbers = new Map<string, number>();
  const tagNumbers = new Map<string, number>();
  let fresh = { metrics: [] as string[], tags: [] as Tags[], isReset: false };
  let numbers: number[] = [];
  let lastTags: Tags | undefined;
  let lastNumber = 0;
  const numberOfTags = (tags: Tags): number => {
    // The samples of a request share an object.
    if (tags === lastTags) return lastNumber;
    const key = JSON.stringify(tags);
    let number = tagNumbers.get(key);
    if (number === undefined) {
      number = tagNumbers.size;
      tagNumbers.set(key, number);
      fresh.tags.push(tags);
    }
    [lastTags, lastNumber] = [tags, number];
    return number;
  };
  return {
    add({ metric, value, tags }: Sample): void {
      let number = metricNumbers.get(metric);
      if (number === undefined) {
        number = metricNumbers.size;
        metricNumbers.set(metric, number);
        fresh.metrics.push(metric);
      }
      numbers.push(number, numberOfTags(tags), value);
    },
    isEmpty: () => numbers.length === 0,
    take(): SampleBatch {
      const batch = { ...fresh, numbers: Float64Array.from(numbers) };
      const isReset = tagNumbers.size > TAGS_MAX;
      if (isReset) tagNumbers.clear();
      fresh = { metrics: [], tags: [], isReset };
      numbers = [];
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
