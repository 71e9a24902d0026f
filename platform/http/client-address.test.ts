import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { clientAddressOf, createPeers, UNKNOWN_ADDRESS } from './client-address.ts';
import { networks } from '../kernel/config.ts';

const trusted = networks()('10.0.0.0/8, fd00::/8, 192.0.2.1');

describe("a client's address", () => {
  test('is its connection’s when no proxy is trusted, whatever it says of others', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.string(), (peer, header) => {
        expect(clientAddressOf(peer, header, null)).toBe(peer);
      }),
    );
  });

  test('is the right-most entry that is no trusted proxy’s, whatever stands left of it', () => {
    const untrusted = fc.ipV4().filter((address) => !/^10\.|^192\.0\.2\.1$/.test(address));
    fc.assert(
      fc.property(
        untrusted,
        fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())),
        fc.array(fc.constantFrom('10.1.2.3', '192.0.2.1', 'fd00::7')),
        (client, forged, proxies) => {
          const header = [...forged.map((text) => text.replaceAll(',', '')), client, ...proxies].join(', ');
          expect(clientAddressOf('10.0.0.9', header, trusted)).toBe(client);
          expect(clientAddressOf('::ffff:10.0.0.9', header, trusted)).toBe(client);
          expect(clientAddressOf('203.0.113.7', header, trusted)).toBe('203.0.113.7');
        },
      ),
    );
  });

  test('is the last proxy’s where what it forwards is no address', () => {
    for (const header of ['unknown', '_hidden', '', '1.2.3', '203.0.113.7, ???']) {
      expect([header, clientAddressOf('10.0.0.9', header, trusted)]).toEqual([header, '10.0.0.9']);
    }
    expect(clientAddressOf('10.0.0.9', 'x, 10.0.0.1', trusted)).toBe('10.0.0.1');
  });

  test('is read with ports, brackets and zones', () => {
    const addresses = { '203.0.113.7:4711': '203.0.113.7', '[2001:DB8::1]:80': '2001:db8:0:0::/64' };
    for (const [text, address] of Object.entries(addresses)) {
      expect(clientAddressOf('10.0.0.9', text, trusted)).toBe(address);
    }
    expect(clientAddressOf('fe80::1%eth0', null, null)).toBe('fe80:0:0:0::/64');
  });

  test('is a /64 for IPv6, and IPv4 where it is IPv4 written as IPv6', () => {
    expect(clientAddressOf('2001:db8:1:2:3:4:5:6', null, null)).toBe('2001:db8:1:2::/64');
    expect(clientAddressOf('2001:db8:1:2::9', null, null)).toBe('2001:db8:1:2::/64');
    expect(clientAddressOf('::1', null, null)).toBe('0:0:0:0::/64');
    for (const mapped of ['::ffff:203.0.113.7', '::FFFF:cb00:7107', '0:0:0:0:0:ffff:203.0.113.7']) {
      expect(clientAddressOf(mapped, null, null)).toBe('203.0.113.7');
    }
    fc.assert(
      fc.property(fc.ipV6(), (peer) => {
        expect(clientAddressOf(peer, null, null)).toMatch(/^([\da-f]{1,4}:){4}:\/64$|^[\d.]+$/);
      }),
    );
  });

  test('is found for a request of any listener of the process, and unknown after its client left', async () => {
    const peers = createPeers();
    const serve = (hostname: string) => {
      const server = Bun.serve({
        hostname,
        port: 0,
        fetch: (request) => new Response(clientAddressOf(peers.of(request), null, null)),
      });
      peers.add(server);
      return server;
    };
    const servers = [serve('127.0.0.1'), serve('127.0.0.2'), serve('::1')];
    const addresses = await Promise.all(servers.map(async (server) => (await fetch(server.url)).text()));
    expect(addresses).toEqual(['127.0.0.1', '127.0.0.1', '0:0:0:0::/64']);
    await Promise.all(servers.map((server) => server.stop(true)));
    expect(clientAddressOf(peers.of(new Request('http://localhost/')), null, null)).toBe(UNKNOWN_ADDRESS);
  });
});
