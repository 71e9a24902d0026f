import { describe, expect, test } from 'bun:test';
import shipped from '../policies/v1.json';
import type { PolicyDocument } from './policy-document.ts';
import { combinations, mentions, samplesOf } from './policy-samples.ts';

const document = shipped as PolicyDocument;
const near = (values: number[]) => values.map((value) => Number(value.toFixed(6)));

describe('expressions are tried', () => {
  test('at one value of each variable that they do not mention, which is its neutral one', () => {
    expect(samplesOf(document, ['jurisdiction == "BR"'])).toEqual({
      scores: [0],
      exposures: [0],
      jurisdictions: ['US', 'unknown', 'BR'],
      features: {
        transaction_count_30d: [0],
        avg_transaction_value_30d: [0],
        avg_positivity_7d: [0.5],
        stress_events_30d: [0],
      },
    });
  });

  test('at 50 steps of the score, at each number and a millionth beside it, and never beyond 0 and 1', () => {
    const { scores } = samplesOf(document, ['score > 0.255', 'score < 0.0 || score > 1.0']);
    const steps = Array.from({ length: 51 }, (_, step) => step / 50);
    expect(near(scores)).toEqual([...near(steps), 0.254999, 0.255, 0.255001, 0.000001, 0.999999]);
  });

  test('at no limits, half of the highest sum, all of it, and a cent beside each number', () => {
    const { exposures } = samplesOf({ ...document, exposure_max: 8000 }, ['exposure > 12.5', '0.005 < 1.0']);
    expect(near(exposures)).toEqual([0, 4000, 8000, 12.49, 12.5, 12.51, 0.005, 0.015, 0.99, 1, 1.01]);
  });

  test('at eight steps of a range, and a step beside each number that a customer can have', () => {
    const ofCount = { ...document.features['transaction_count_30d']!, min: 0, max: 80, step: 1 };
    const features = { ...document.features, transaction_count_30d: ofCount };
    const text = 'features.transaction_count_30d < 0.0 || features.transaction_count_30d > 5.0';
    expect(samplesOf({ ...document, features }, [text]).features.transaction_count_30d).toEqual([
      0, 10, 20, 30, 40, 50, 60, 70, 80, 1, 4, 5, 6,
    ]);
  });

  test("in the policy's countries alone, unless it is for all others", () => {
    const placesOf = (jurisdictions: string[]) =>
      samplesOf({ ...document, jurisdictions }, ['jurisdiction == "BR" || "br" == \'x\'']).jurisdictions;
    expect(placesOf(['*', 'DE'])).toEqual(['US', 'unknown', 'BR', 'DE']);
    expect(placesOf(['DE', 'FR'])).toEqual(['DE', 'FR']);
  });
});

describe('combinations', () => {
  const samples = {
    ...samplesOf(document, []),
    scores: [0, 0.5, 1],
    jurisdictions: ['US', 'BR'],
  };
  const textsOf = (countMax: number) =>
    [...combinations(samples, countMax)].map(({ score, jurisdiction }) => `${score} ${jurisdiction}`);

  test('are all there are, once, where they are few enough', () => {
    const everyFact = ['0 US', '0.5 US', '1 US', '0 BR', '0.5 BR', '1 BR'];
    expect(textsOf(6)).toEqual(everyFact);
    expect(textsOf(7)).toEqual(everyFact);
  });

  test('beyond that are as many as are wanted, the same each time, and mixed', () => {
    const wide = { ...samples, scores: Array.from({ length: 100 }, (_, index) => index) };
    const chosen = [...combinations(wide, 50)];
    expect(chosen).toHaveLength(50);
    expect([...combinations(wide, 50)]).toEqual(chosen);
    expect(chosen.slice(0, 8).map(({ score, jurisdiction }) => `${score} ${jurisdiction}`)).toEqual([
      '98 BR',
      '9 BR',
      '56 US',
      '32 BR',
      '87 BR',
      '1 BR',
      '68 US',
      '22 US',
    ]);
    expect(new Set(chosen.map(({ score }) => score)).size).toBeGreaterThan(30);
    expect(new Set(chosen.map(({ jurisdiction }) => jurisdiction)).size).toBe(2);
  });
});

test('a name is mentioned as a word, not as a part of another', () => {
  expect([mentions('score > 1.0', 'score'), mentions('scores > 1.0', 'score')]).toEqual([true, false]);
});
