import { describe, expect, it } from 'vitest';
import { networkOf } from './network.ts';

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    // RFC 4291 2.2: the same address in its many spellings.
    ['2001:db8:0:12::1', '2001:db8:0:12::/64'],
    ['2001:DB8:0000:0012:ffff:ffff:ffff:ffff', '2001:db8:0:12::/64'],
    ['2001:db8::12:0:0:0:1', '2001:db8:0:12::/64'],
    ['2001:db8:0:12:0:0:192.0.2.1', '2001:db8:0:12::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    // RFC 4007 11: the zone is a matter of the host that names it.
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    // RFC 4291 2.5.5.2.
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['unix:', 'unknown'],
    ['', 'unknown'],
  ])('takes %s for %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
