import { UsageError } from './errors.ts';
import type { Io } from './io.ts';

type Environment = Pick<Io, 'env'>;

/** The value of a variable; as curl has it, the name in lower case wins. */
const read = ({ env }: Environment, name: string): string => env[name.toLowerCase()] || env[name] || '';

/** The URL of a proxy. As with curl, `proxy.example.com:3128` is an HTTP proxy. */
function proxyUrl(io: Environment, name: string): string {
  const text = read(io, name);
  if (text === '') return '';
  const url = URL.parse(/^[a-z][\w+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  // The value may hold a password, so that it is not quoted.
  if (!url || !/^https?:$/.test(url.protocol)) throw new UsageError(`${name} is not the URL of an HTTP proxy`);
  return url.href;
}

/**
 * `fetch` by way of the proxy that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name; undefined where there is none. Undici is loaded
 * only then.
 */
export async function proxied(io: Environment): Promise<typeof globalThis.fetch | undefined> {
  const options = { httpProxy: proxyUrl(io, 'HTTP_PROXY'), httpsProxy: proxyUrl(io, 'HTTPS_PROXY') };
  if (!options.httpProxy && !options.httpsProxy) return undefined;
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  // Many proxies tunnel to port 443 alone, so that plain HTTP is forwarded (RFC 9112 3.2.2).
  const dispatcher = new EnvHttpProxyAgent({ ...options, noProxy: read(io, 'NO_PROXY'), proxyTunnel: false });
  return ((url: string, init: object) => fetch(url, { ...init, dispatcher })) as unknown as typeof globalThis.fetch;
}
