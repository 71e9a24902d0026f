import { expect, test } from 'bun:test';
import { readReplicas, replicaNames } from './replicas.ts';

test('processes of services are read, and named after their service', () => {
  const replicas = readReplicas('gateway=3, emotion-processing=2');
  expect(replicas).toEqual({ gateway: 3, 'emotion-processing': 2 });
  expect(replicaNames('gateway', replicas)).toEqual(['gateway', 'gateway-2', 'gateway-3']);
  expect(replicaNames('credit', replicas)).toEqual(['credit']);
});

test.each([
  ['', 'there is no service ""'],
  ['gatway=2', 'there is no service "gatway"'],
  ['postgresql=2', 'there is no service "postgresql"'],
  ['gateway', 'gateway needs a number of processes, from 1 to 32'],
  ['gateway=0', 'gateway needs a number'],
  ['gateway=-1', 'gateway needs a number'],
  ['gateway=2.5', 'gateway needs a number'],
  ['gateway=1e1', 'gateway needs a number'],
  ['gateway=2=3', 'gateway needs a number'],
  ['gateway=2,credit=2,gateway=3', 'gateway is named twice'],
  ['gateway=2,', 'there is no service ""'],
  ['gateway=11,credit=12', 'that makes 33 processes of services; a machine gets 32 at most'],
])('a mistake is named: %p', (text, message) => {
  expect(() => readReplicas(text)).toThrow(`--replicas: ${message}`);
});

test('as many processes as a machine gets are taken', () => {
  expect(readReplicas('gateway=11,credit=11')).toEqual({ gateway: 11, credit: 11 });
});
