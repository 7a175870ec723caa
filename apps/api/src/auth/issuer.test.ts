import { describe, expect, it } from 'vitest';
import { OAuthIssuers } from './issuer.ts';

const issuer = { issuer: 'https://id.example/realms/staff', audience: 'stele', tenant: 'alice' };

const faultOf = (...issuers: readonly object[]) =>
  OAuthIssuers.safeParse(issuers).error?.issues.map(({ path }) => path.join('.'));

describe('OAuthIssuers', () => {
  it('are as they were written, and signed with any algorithm that needs no shared secret', () => {
    const { tenant: _, ...others } = issuer;
    const second = { ...others, issuer: 'https://id.example/', tenant_claim: 'https://id.example/tenant' };
    const algorithms = OAuthIssuers.parse([issuer])[0]!.algorithms;
    expect(algorithms).toHaveLength(11);
    expect(algorithms).not.toContainEqual(expect.stringMatching(/^(?:HS|none)/));
    expect(OAuthIssuers.parse([issuer, { ...second, algorithms: ['ES256'] }])).toEqual([
      { ...issuer, algorithms },
      { ...second, algorithms: ['ES256'] },
    ]);
  });

  // OpenID Connect Discovery 1.0, 3: the issuer is a "URL using the https scheme with no query or fragment components".
  it.each([
    'http://id.example',
    'http://127.0.0.1.example',
    'http://localhost.example',
    'http://127.0.0.1@id.example',
    'https://somebody:secret@id.example',
    'https://id.example?tenant=1',
    'https://id.example/#',
    'ftp://localhost',
    'id.example',
    '',
  ])('are not at %s', (url) => {
    expect(faultOf({ ...issuer, issuer: url })).toEqual(['0.issuer']);
  });

  it.each(['http://localhost:8080/realms/staff', 'http://127.0.0.1:8080', 'http://127.1.2.3', 'http://[::1]:8080'])(
    'may be at %s, which nobody else can be',
    (url) => expect(faultOf({ ...issuer, issuer: url })).toBeUndefined(),
  );

  it.each([
    ['0.audience', { audience: '' }],
    ['0.audience', { audience: undefined }],
    ['0', { tenant_claim: 'org' }],
    ['0', { tenant: undefined }],
    ['0.tenant', { tenant: '' }],
    ['0.algorithms', { algorithms: [] }],
    ['0.algorithms.0', { algorithms: ['HS256'] }],
    ['0.algorithms.1', { algorithms: ['ES256', 'none'] }],
    ['0', { audiance: 'stele' }],
    ['0.domain', { domain: 'two words' }],
    // The name of a provisioning domain has 255 printable ASCII characters at most.
    ['0', { issuer: `https://id.example/${'x'.repeat(255)}` }],
    ['0', { issuer: 'https://id.example/é' }],
  ])('say what is wrong at %s', (path, fault) => {
    const given = Object.entries({ ...issuer, ...fault }).filter(([, value]) => value !== undefined);
    expect(faultOf(Object.fromEntries(given))).toEqual([path]);
  });

  it('may have a provisioning domain, and need one where the issuer is no name of one', () => {
    const long = `https://id.example/${'x'.repeat(255)}`;
    expect(OAuthIssuers.parse([{ ...issuer, issuer: long, domain: 'okta' }])[0]).toMatchObject({ domain: 'okta' });
    expect(OAuthIssuers.parse([issuer])[0]).not.toHaveProperty('domain');
  });

  it('are named once each', () => {
    expect(faultOf(issuer, { ...issuer, issuer: 'https://id.example' })).toBeUndefined();
    expect(faultOf(issuer, { ...issuer, tenant: 'mallory' })).toEqual(['']);
  });
});
