import { isIPv4, isIPv6 } from 'node:net';

/**
 * Whom an address stands for: an IPv4 address for itself, an IPv6 address for its /64, which is what one customer of a
 * network gets at least (RFC 6177 2) and all of whose addresses are his to use.
 */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return 'unknown';
  const groups = groupsOf(address);
  // RFC 4291 2.5.5.2: an IPv4 address as a socket for both sees it.
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return ipv4Of(groups[6]!, groups[7]!);
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, in lower case and without leading zeros. */
function groupsOf(address: string): string[] {
  const [plain] = address.split('%');
  // A URL's host is spelt in one way (RFC 5952), and without dots.
  const { hostname } = new URL(`http://[${plain}]`);
  const [head, tail] = hostname
    .slice(1, -1)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  if (!tail) return head!;
  return [...head!, ...Array<string>(8 - head!.length - tail.length).fill('0'), ...tail];
}

function ipv4Of(...groups: readonly string[]): string {
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 0xff])
    .join('.');
}
