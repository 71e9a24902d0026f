import { describe, expect, test } from 'bun:test';
import {
  ConfigError,
  integer,
  networks,
  numbers,
  oneOf,
  origins,
  PROCESS_VARIABLES,
  readConfig,
  VARIABLES,
} from './config.ts';
import { consumedPartitions, STREAM_VARIABLES } from '../messaging/stream-config.ts';

const good = {
  DATABASE_URL: 'postgres://u:p@h/d',
  NATS_URL: 'nats://a:4222,nats://b:4222',
  REDIS_URL: 'redis://h',
  SECRET_KEY: 'k'.repeat(32),
  INTERNAL_SERVICE_API_KEY: 'i'.repeat(16),
  ERASURE_KEY: 'e'.repeat(32),
};

describe('the configuration', () => {
  test('is read with its defaults', () => {
    expect(
      readConfig({ ...good, PORT: '1234' }, { ...VARIABLES, ...STREAM_VARIABLES, ...PROCESS_VARIABLES }),
    ).toMatchObject({
      ...good,
      PORT: 1234,
      OPS_PORT: 9464,
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      NATS_REPLICAS: 1,
      STREAM_PARTITIONS: 1,
      STREAM_PARTITIONS_CONSUMED: null,
    });
  });

  test('names every variable that is missing or bad at once, and the value of none', () => {
    const bad = {
      DATABASE_URL: 'mysql://root:hunter2@h',
      SECRET_KEY: 'hunter2',
      PORT: '0',
      LOG_LEVEL: 'loud',
    };
    try {
      readConfig(bad, { ...VARIABLES, ...STREAM_VARIABLES, ...PROCESS_VARIABLES });
      throw new Error('it was accepted');
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      const { problems, message } = error as ConfigError;
      expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
        'DATABASE_URL',
        'NATS_URL',
        'REDIS_URL',
        'SECRET_KEY',
        'INTERNAL_SERVICE_API_KEY',
        'ERASURE_KEY',
        'PORT',
        'LOG_LEVEL',
      ]);
      expect(message).not.toContain('hunter2');
    }
  });

  test('takes origins as browsers name them, and nothing that only resembles one', () => {
    const parse = (text: string) => readConfig({ ORIGINS: text }, { ORIGINS: origins() }).ORIGINS;
    expect(parse('')).toEqual([]);
    expect(parse('*')).toEqual(['*']);
    expect(parse('https://a.example, http://localhost:5173')).toEqual([
      'https://a.example',
      'http://localhost:5173',
    ]);
    for (const wrong of ['https://a.example/', 'a.example', 'https://a.example/app', 'file:///tmp']) {
      expect(() => parse(wrong)).toThrow(ConfigError);
    }
  });

  test('takes numbers and ranges, and rejects what is neither', () => {
    const parse = (text: string) => readConfig({ N: text }, { N: numbers() }).N;
    expect(parse('3')).toEqual([3]);
    expect(parse('0, 2-4,9')).toEqual([0, 2, 3, 4, 9]);
    for (const wrong of ['4-2', 'a', '1,,2', '-1', '1-', '1.5', '12345']) {
      expect(() => parse(wrong)).toThrow(ConfigError);
    }
  });

  test('a worker rejects partitions that do not exist', () => {
    const config = { STREAM_PARTITIONS: 4, STREAM_PARTITIONS_CONSUMED: [0, 3] };
    expect(consumedPartitions(config)).toEqual([0, 3]);
    expect(consumedPartitions({ ...config, STREAM_PARTITIONS_CONSUMED: null })).toBeNull();
    expect(() => consumedPartitions({ ...config, STREAM_PARTITIONS: 3 })).toThrow('partitions 0 to 2');
  });

  test('takes an empty variable for a missing one', () => {
    expect(readConfig({ N: ' ', M: '' }, { N: integer(7, 1, 9), M: oneOf('a', 'a', 'b') })).toEqual({
      N: 7,
      M: 'a',
    });
  });

  test('every key of a rotated list must be long enough', () => {
    expect(() =>
      readConfig({ SECRET_KEY: `${'k'.repeat(32)},short` }, { SECRET_KEY: VARIABLES.SECRET_KEY }),
    ).toThrow('too short');
  });

  test('trusts the proxies that it names, by address or network, and never everybody', () => {
    const trusted = networks()(' 10.0.0.0/8, 192.0.2.7 ,fd00::/8,::1');
    const isTrusted = (address: string) => trusted?.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
    expect(['10.9.8.7', '192.0.2.7', 'fd12::1', '::1'].map(isTrusted)).toEqual([true, true, true, true]);
    expect(['11.0.0.1', '192.0.2.8', 'fe80::1', '::2'].map(isTrusted)).toEqual([false, false, false, false]);
    expect(networks()(undefined)).toBeNull();
    for (const bad of [
      '10.0.0/8',
      '10.0.0.0/33',
      '0.0.0.0/0',
      '::/0',
      'nginx',
      '10.0.0.1,',
      '::1/129',
      '1.2.3.4/8/9',
    ])
      expect(() => networks()(bad)).toThrow('must be addresses or networks like 10.0.0.0/8');
  });
});
