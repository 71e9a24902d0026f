import { expect, test } from 'bun:test';
import { findProcesses } from './ops-addresses.ts';

const NAMES: Record<string, { address: string; family: number }[]> = {
  credit: [
    { address: '10.0.0.7', family: 4 },
    { address: '10.0.0.8', family: 4 },
  ],
  gateway: [
    { address: 'fd00::1', family: 6 },
    { address: 'fd00::2', family: 6 },
    { address: '10.0.0.1', family: 4 },
  ],
  localhost: [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ],
};
const lookUp = async (host: string) => {
  const addresses = NAMES[host];
  if (!addresses) throw new Error('ENOTFOUND');
  return addresses;
};

test('a name with several addresses stands for a process each, any other for one', async () => {
  const names = [
    'http://credit:9464',
    'http://gateway:9464/ops',
    'http://localhost:9464',
    'http://gone:9464',
  ];
  expect(await findProcesses([...names, 'https://credit:9464', 'http://10.0.0.7:9464'], lookUp)).toEqual([
    'http://10.0.0.7:9464',
    'http://10.0.0.8:9464',
    'http://[fd00::1]:9464/ops',
    'http://[fd00::2]:9464/ops',
    'http://localhost:9464',
    'http://gone:9464',
    'https://credit:9464',
  ]);
});

test('names of this machine are looked up', async () => {
  const urls = ['http://127.0.0.1:9464', 'http://[::1]:9464', 'http://localhost:9464'];
  expect(await findProcesses(urls)).toEqual(urls);
});
