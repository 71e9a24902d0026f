import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { STREAM_LIMITS } from '../../platform/messaging/topology.ts';
import type { FeatureVector } from '../risk-model.ts';
import { createCodec } from './codec.ts';
import { modelNamesOf, OWN_NAMES } from './model-names.ts';
import { faultOfSettings, MODEL_PROTOCOLS, modelPath, type ModelSettings } from './model-settings.ts';

const VECTOR: FeatureVector = {
  transaction_count_30d: 12,
  avg_transaction_value_30d: 80.5,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};
const rule = { reason: 'r', better: 'increase', actionable: true, min: 0, max: 1, step: 1 } as const;
const NAMES = modelNamesOf({ features: { transaction_count_30d: { ...rule, model_name: 'n_tx' } } });

const settingsOf = (change: Partial<ModelSettings>): ModelSettings => ({
  protocol: 'ecs',
  name: null,
  version: null,
  score: null,
  input: null,
  ...change,
});

/** The prediction that a protocol's codec reads in a response about a vector. */
const decode = (change: Partial<ModelSettings>, response: unknown) =>
  createCodec(settingsOf(change)).decode(response, 1, NAMES)[0];

describe('the path of a model', () => {
  test.each([
    ['', {}, '/v1/predict'],
    ['/scorecard-2/', {}, '/scorecard-2/v1/predict'],
    ['/v1/predict', {}, '/v1/predict'],
    ['', { protocol: 'kserve-v1', name: 'risk' }, '/v1/models/risk:predict'],
    ['/gateway', { protocol: 'kserve-v1', name: 'a/b' }, '/gateway/v1/models/a%2Fb:predict'],
    ['/v1/models/risk:predict', { protocol: 'kserve-v1' }, '/v1/models/risk:predict'],
    ['', { protocol: 'mlflow' }, '/invocations'],
    ['/model/risk/3/invocations', { protocol: 'mlflow' }, '/model/risk/3/invocations'],
  ] as const)('%p with %j is %s', (base, change, path) => {
    expect(modelPath(base, settingsOf(change))).toBe(path);
  });

  test('is refused for kserve-v1 without a name', () => {
    const settings = settingsOf({ protocol: 'kserve-v1' });
    expect(faultOfSettings('http://models', settings)).toContain('is missing');
    expect(faultOfSettings('http://models/v1/models/risk:predict', settings)).toBeNull();
    expect(faultOfSettings('http://models', { ...settings, name: 'risk' })).toBeNull();
  });
});

describe('questions', () => {
  const named = {
    n_tx: 12,
    avg_transaction_value_30d: 80.5,
    avg_positivity_7d: 0.5,
    stress_events_30d: 0,
  };
  const values = [12, 80.5, 0.5, 0];

  test.each([
    [{ protocol: 'ecs' }, { instances: [named, named] }, named],
    [{ protocol: 'kserve-v1', name: 'm' }, { instances: [named, named] }, { instances: [named] }],
    [{ protocol: 'kserve-v1', input: 'lists' }, { instances: [values, values] }, { instances: [values] }],
    [{ protocol: 'mlflow', input: 'objects' }, { instances: [named, named] }, { instances: [named] }],
    [
      { protocol: 'mlflow' },
      { dataframe_split: { columns: Object.keys(named), data: [values, values] } },
      { dataframe_split: { columns: Object.keys(named), data: [values] } },
    ],
  ] as const)('of %j have the features under the names of the policy', (change, several, single) => {
    const codec = createCodec(settingsOf(change));
    expect(codec.encode([VECTOR, VECTOR], NAMES)).toEqual(several);
    expect(codec.encodeSingle(VECTOR, NAMES)).toEqual(single);
  });

  test('have whole numbers without a fraction, which integer columns refuse', () => {
    const body = JSON.stringify(createCodec(settingsOf({ protocol: 'mlflow' })).encode([VECTOR], NAMES));
    expect(body).toContain('"data":[[12,80.5,0.5,0]]');
  });
});

describe('responses', () => {
  test.each([
    ['a number', { protocol: 'kserve-v1', name: 'm' }, 0.3],
    ['the second of two classes', { protocol: 'kserve-v1', name: 'm' }, [0.7, 0.3]],
    ['the only one of a list', { protocol: 'mlflow' }, [0.3]],
    ['the index that is configured', { protocol: 'mlflow', score: '0' }, [0.3, 0.6, 0.1]],
    ['risk_score', { protocol: 'kserve-v1', name: 'm' }, { risk_score: 0.3 }],
    ['the key that is configured', { protocol: 'mlflow', score: 'p_default' }, { p_default: 0.3, class: 1 }],
    ['the only column of a data frame', { protocol: 'mlflow' }, { 0: 0.3 }],
    ['a column of a data frame', { protocol: 'mlflow', score: '1' }, { 0: 0.7, 1: 0.3 }],
  ] as const)('give %s as the risk', (_, change, prediction) => {
    expect(decode(change, { predictions: [prediction] })?.risk_score).toBe(0.3);
  });

  test('give the version of the prediction, of the response, of the configuration, of the name', () => {
    const versionOf = (change: Partial<ModelSettings>, response: unknown) =>
      decode(change, response)?.model_version;
    const kserve = { protocol: 'kserve-v1', name: 'risk' } as const;
    const prediction = { risk_score: 0.3, model_version: 'p' };
    const configured = { ...kserve, version: 'v7' };
    expect(versionOf(configured, { predictions: [prediction], model_version: 'r' })).toBe('p');
    expect(versionOf(configured, { predictions: [0.3], model_version: 'r' })).toBe('r');
    expect(versionOf(configured, { predictions: [0.3] })).toBe('v7');
    expect(versionOf(kserve, { predictions: [0.3] })).toBe('risk');
    expect(versionOf({ protocol: 'mlflow' }, { predictions: [0.3] })).toBe('unversioned');
    expect(() => versionOf({ protocol: 'ecs' }, { risk_score: 0.3 })).toThrow('model_version');
  });

  test('give the version of the configuration where theirs is no text', () => {
    const configured = { protocol: 'mlflow', version: 'v7' } as const;
    expect(decode(configured, { predictions: [0.3], model_version: 7 })?.model_version).toBe('v7');
    expect(decode(configured, [0.3])?.model_version).toBe('v7');
  });

  test('give a risk of 0, of 1, and a version of 64 characters', () => {
    for (const risk_score of [0, 1]) {
      const prediction = { risk_score, model_version: 'x'.repeat(64) };
      expect(decode({}, { predictions: [prediction] })).toEqual(prediction);
    }
  });

  test.each([
    ['nothing', 'kserve-v1', null],
    ['a number', 'kserve-v1', 0.3],
    ['a bare list, by another protocol than MLflow', 'kserve-v1', [0.3]],
    ['a bare list, by our own', 'ecs', [0.3]],
    ['a bare object, by MLflow', 'mlflow', { risk_score: 0.3 }],
    ['an object without a list of them', 'kserve-v1', { predictions: 0.3 }],
  ] as const)('that are %s have no list of predictions', (_, protocol, response) => {
    expect(() => decode({ protocol, version: 'v' }, response)).toThrow('has no list of predictions');
  });

  test('to two vectors are never a bare object', () => {
    const codec = createCodec(settingsOf({ version: 'v' }));
    expect(() => codec.decode({ risk_score: 0.3 }, 2, NAMES)).toThrow('has no list of predictions');
  });

  test('may be the bare list of MLflow 1 and the bare object of a model of one vector', () => {
    expect(decode({ protocol: 'mlflow' }, [0.3])?.risk_score).toBe(0.3);
    expect(decode({ protocol: 'ecs', version: 'v' }, { risk_score: 0.3 })?.risk_score).toBe(0.3);
  });

  test('give contributions by our names, or none', () => {
    const contributions = { n_tx: -0.1, bureau: 0.2 };
    const prediction = { risk_score: 0.3, model_version: 'm', contributions };
    expect(decode({}, { predictions: [prediction] })).toEqual({
      ...prediction,
      contributions: { transaction_count_30d: -0.1, bureau: 0.2 },
    });
    expect(decode({ protocol: 'mlflow' }, { predictions: [0.3] })).not.toHaveProperty('contributions');
  });

  test.each([
    ['too few', { predictions: [] }],
    ['too many', { predictions: [0.1, 0.2] }],
    ['none', { outputs: [0.1] }],
    ['a text', { predictions: ['0.1'] }],
    ['null', { predictions: [null] }],
    ['below 0', { predictions: [-0.01] }],
    ['above 1', { predictions: [1.01] }],
    ['three classes, of which none is configured', { predictions: [[0.1, 0.2, 0.7]] }],
    ['other keys', { predictions: [{ score: 0.1, class: 0.2 }] }],
    ['a column of another kind', { predictions: [{ class: 'good' }] }],
    ['a version of 65 characters', { predictions: [{ risk_score: 0.1, model_version: 'x'.repeat(65) }] }],
    ['a version with a NUL', { predictions: [{ risk_score: 0.1, model_version: 'a\u0000b' }] }],
    ['a version with half of a character', { predictions: [{ risk_score: 0.1, model_version: 'a\ud800' }] }],
    [
      'contributions by a name with a NUL',
      { predictions: [{ risk_score: 0.1, contributions: { 'a\u0000': 1 } }] },
    ],
    [
      'a contribution among them that is a text',
      { predictions: [{ risk_score: 0.1, contributions: { a: 1, b: '1' } }] },
    ],
    ['contributions in a list', { predictions: [{ risk_score: 0.1, contributions: [1] }] }],
    ['contributions that are texts', { predictions: [{ risk_score: 0.1, contributions: { a: '1' } }] }],
  ])('with %s are refused', (_, response) => {
    expect(() => decode({ protocol: 'kserve-v1', name: 'm' }, response)).toThrow();
  });

  test('give contributions that a message carries twice, and no more of them', () => {
    const contributionsOf = (count: number, name: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, 0.123456789]));
    const read = (contributions: object) =>
      decode({}, { predictions: [{ risk_score: 0.3, model_version: 'm', contributions }] });
    // Of three bytes per character, the most that one of UTF-16 has.
    const large = contributionsOf(80, '\u20ac'.repeat(780));
    const prediction = read(large);
    expect(prediction?.contributions).toEqual(large);
    const bytes = Buffer.byteLength(JSON.stringify({ twin: prediction, full: prediction }));
    expect(bytes).toBeLessThan(STREAM_LIMITS.messageBytesMax / 2);
    for (const tooLarge of [contributionsOf(90, '\u20ac'.repeat(780)), contributionsOf(20_000, 'a')]) {
      expect(() => void read(tooLarge)).toThrow('contributions of more than 65536 characters');
    }
  });

  test('that are any JSON give a risk from 0 to 1 or throw', () => {
    const protocols = fc.constantFrom(...MODEL_PROTOCOLS);
    const response = fc.oneof(fc.jsonValue(), fc.record({ predictions: fc.array(fc.jsonValue()) }));
    fc.assert(
      fc.property(protocols, response, (protocol, body) => {
        const codec = createCodec(settingsOf({ protocol }));
        let predictions;
        try {
          predictions = codec.decode(body, 1, OWN_NAMES);
        } catch {
          return;
        }
        expect(predictions).toHaveLength(1);
        expect(predictions[0]?.risk_score).toBeWithin(0, 1.000001);
      }),
      { numRuns: 2000 },
    );
  });
});
