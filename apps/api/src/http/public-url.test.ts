import { describe, expect, it } from 'vitest';
import { forwardedUrl, listeningUrl } from './public-url.ts';

describe('the address that links begin with', () => {
  it.each([
    ['127.0.0.1', 'IPv4', 'http://127.0.0.1:3000'],
    ['::1', 'IPv6', 'http://[::1]:3000'],
    ['0.0.0.0', 'IPv4', 'http://localhost:3000'],
    ['::', 'IPv6', 'http://localhost:3000'],
  ])('of a server that listens at %s (%s) is %s', (address, family, url) => {
    expect(listeningUrl({ address, family, port: 3000 })).toBe(url);
  });

  it.each<[host: string | undefined, protocol: string | undefined, url: string | undefined, own?: string]>([
    ['users.example.com', 'https', 'https://users.example.com'],
    ['Users.Example.com:443', 'HTTPS', 'https://users.example.com'],
    ['users.example.com:8443', 'https', 'https://users.example.com:8443'],
    ['[2001:db8::1]:8443', 'https', 'https://[2001:db8::1]:8443'],
    ['my_service', undefined, 'http://my_service'],
    [undefined, 'https', 'https://own.example', 'own.example'],
    // Every proxy adds its own value: the last is that of the one which is known.
    ['evil.example, users.example.com', 'http, https', 'https://users.example.com'],
    [undefined, undefined, undefined],
    ...[
      ...['', ' ', 'a b', 'a/b', 'user@a.example', 'a.example#', 'a.example?x', 'a.example:x', 'a.example:99999'],
      ...[
        'a.example:',
        '-a.example',
        'a\\b',
        '[::1',
        '[::g]',
        'http://a.example',
        '"a.example"',
        '0.0.0.0',
        '[::]:80',
        '0',
        '%61',
      ],
      'a'.repeat(300),
    ].map((host) => [host, 'https', undefined] as [string, string, undefined]),
    ['a.example', 'ftp', undefined],
    ['a.example', 'javascript', undefined],
    ['a.example', '', undefined],
  ])('of a proxy that sends the host %j and the protocol %j is %j', (host, protocol, url, own = 'x.example') => {
    const headers = {
      host: own,
      ...(host !== undefined && { 'x-forwarded-host': host }),
      ...(protocol !== undefined && { 'x-forwarded-proto': protocol }),
    };
    expect(forwardedUrl({ headers })).toBe(url);
  });
});
