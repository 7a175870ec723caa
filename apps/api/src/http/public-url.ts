import type { IncomingMessage } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';

/** Host and port as a link may have them: a name, an IPv4 address, or an IPv6 address in brackets. */
const HOST = /^(?:[a-z\d](?:[\w.-]{0,252}[a-z\d.])?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

const PROTOCOL = /^https?$/i;

/** Addresses that stand for every address of a machine, and name none. */
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** What a server that listens at an address is called in links, without a slash at the end. */
export function listeningUrl({ address, port }: AddressInfo): string {
  const host = WILDCARDS.has(address) ? 'localhost' : isIPv6(address) ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

/** The last value of a field that every proxy extends: that of the proxy which is next to this server. */
const lastOf = (field: string | string[] | undefined): string | undefined =>
  field === undefined ? undefined : [field].flat().join(',').split(',').at(-1)!.trim();

/**
 * What the client of a proxy called this server, by `X-Forwarded-Proto` and `X-Forwarded-Host` or, where the proxy leaves it
 * as it is, `Host`. Undefined where the proxy does not tell, or what it tells cannot be in a URL.
 */
export function forwardedUrl({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const forwardedHost = lastOf(headers['x-forwarded-host']);
  const forwardedProtocol = lastOf(headers['x-forwarded-proto']);
  if (forwardedHost === undefined && forwardedProtocol === undefined) return undefined;
  const host = forwardedHost ?? headers.host ?? '';
  const protocol = forwardedProtocol ?? 'http';
  if (!HOST.test(host) || !PROTOCOL.test(protocol)) return undefined;
  const url = URL.parse(`${protocol}://${host}`);
  return url && !WILDCARDS.has(url.hostname.replaceAll(/[[\]]/g, '')) ? url.origin : undefined;
}
