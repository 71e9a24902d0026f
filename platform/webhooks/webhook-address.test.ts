import { BlockList } from 'node:net';
import { expect, test } from 'bun:test';
import { faultOfWebhookUrl, isOpenAddress } from './webhook-address.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '100.64.0.1',
  '100.100.100.200',
  '169.254.169.254',
  '168.63.129.16',
  '172.16.0.1',
  '192.168.1.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  '2001:0:a00:1::',
  'partner',
])('refuses the private address %s', (address) => {
  expect(isOpenAddress(address, null)).toBe(false);
});

test.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001:81b::200e'])(
  'takes the public address %s',
  (address) => {
    expect(isOpenAddress(address, null)).toBe(true);
  },
);

test.each([
  'localhost',
  'localhost.',
  'LOCALHOST',
  'a.localhost',
  'printer.local',
  'metadata.google.internal',
])('refuses the private name %s', async (name) => {
  expect(await faultOfWebhookUrl(`https://${name}/`, null)).toBe('must be of a public address');
});

test('refuses a name without an address, and takes one that cannot be looked up now', async () => {
  const url = 'https://hooks.partner.example/in';
  const nowhere = async () => [];
  expect(await faultOfWebhookUrl(url, null, nowhere)).toBe(
    'must be of a host that has an address: its name has none',
  );
  expect(await faultOfWebhookUrl(url, loopback, nowhere)).not.toBeNull();
  const unknown = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }));
  expect(await faultOfWebhookUrl(url, null, unknown)).toBeNull();
  expect(await faultOfWebhookUrl(url, null, async () => ['8.8.8.8'])).toBeNull();
  // No resolver has to be asked for a name that cannot be one.
  expect(await faultOfWebhookUrl(`https://${'a'.repeat(64)}.example/`, null)).toContain('has an address');
});
