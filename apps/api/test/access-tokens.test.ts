import { createHmac, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';
import { type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt, type JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { AccessTokens } from '../src/auth/access-tokens.ts';
import { issueApiKey } from '../src/auth/api-key.ts';
import { OAuthIssuers } from '../src/auth/issuer.ts';
import type { Tenants } from '../src/auth/tenants.ts';
import {
  AUDIENCE,
  createSigningKey,
  publicPart,
  type SigningKey,
  signToken,
  startProvider,
  type TestProvider,
} from './support/provider.ts';

const tenantIds = {
  alice: '01979f2e-0000-7000-8000-00000000a11c',
  mallory: '01979f2e-0000-7000-8000-000000000bad',
} as const;

class KnownTenants implements Pick<Tenants, 'find'> {
  readonly ids = new Map<string, string>(Object.entries(tenantIds));
  /** What it was asked for, in order. */
  readonly asked: string[] = [];

  async find(nameOrId: string): Promise<string | undefined> {
    this.asked.push(nameOrId);
    return this.ids.get(nameOrId) ?? [...this.ids.values()].find((id) => id === nameOrId);
  }
}

/** The keys of the provider: its own, the one it had before, and one for every other kind of algorithm. */
let keys: Record<'own' | 'former' | 'next' | 'es256' | 'es384' | 'es512' | 'ed25519', SigningKey>;
/** A key of nobody's, that calls itself the provider's. */
let forgers: SigningKey;
/** For tests that leave it as it is. */
let shared: TestProvider;

beforeAll(async () => {
  keys = {
    own: await createSigningKey('RS256', 'own'),
    former: await createSigningKey('RS256', 'former'),
    next: await createSigningKey('RS256', 'next'),
    es256: await createSigningKey('ES256', 'es256'),
    es384: await createSigningKey('ES384', 'es384'),
    es512: await createSigningKey('ES512', 'es512'),
    ed25519: await createSigningKey('Ed25519', 'ed25519'),
  };
  forgers = await createSigningKey('RS256', 'own');
  const { next: _, ...published } = keys;
  shared = await startProvider(Object.values(published));
});
afterAll(() => shared.stop());

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  passed = 0;
});

/** A provider that the test may do with as it likes. */
async function ownProvider(issuerOf?: (url: string) => string): Promise<TestProvider> {
  const provider = await startProvider([keys.own], issuerOf);
  onTestFinished(() => provider.stop().catch(() => {}));
  return provider;
}

function verifier(
  issuer: string | TestProvider = shared,
  settings: object = { tenant: 'alice' },
  tenants: Pick<Tenants, 'find'> = new KnownTenants(),
  warn?: (line: string) => void,
): AccessTokens {
  const name = typeof issuer === 'string' ? issuer : issuer.issuer;
  return new AccessTokens(OAuthIssuers.parse([{ issuer: name, audience: AUDIENCE, ...settings }]), tenants, warn);
}

/** A token that is new and good, but for some claims and header parameters. */
const forge = (
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
  key: SigningKey = keys.own,
): Promise<string> => signToken({ algorithm: 'RS256', key }, shared.claims({ jti: randomUUID(), ...claims }), header);

/** As `forge`, of another provider. */
const forgeOf = (provider: TestProvider, key: SigningKey = keys.own, others: object = {}): Promise<string> =>
  signToken({ algorithm: 'RS256', key }, provider.claims({ jti: randomUUID(), ...others }));

/** RFC 6750 3: "Values for the error_description attribute MUST NOT include characters outside the set". */
const DESCRIPTION = /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/;

/** The message of the error of a token that is rejected. */
async function verifyError(tokens: AccessTokens, token: string): Promise<string> {
  const error: unknown = await tokens.verify(token).then(
    () => expect.fail('The token was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'unauthorized', details: { invalidToken: true } });
  const { message } = error as Error;
  expect(message).toMatch(DESCRIPTION);
  for (const part of token.split('.')) if (part.length > 8) expect(message).not.toContain(part);
  return message;
}

async function refuses(tokens: AccessTokens, token: string): Promise<void> {
  await verifyError(tokens, token);
}

const isUnavailable = { code: 'unavailable', details: { retryAfter: expect.any(Number) } };

const accepts = (tokens: AccessTokens, token: string) =>
  expect(tokens.verify(token)).resolves.toMatchObject({ tenantId: tenantIds.alice });

const clock = performance.now.bind(performance);
let passed = 0;

/** Lets time pass at once, on both clocks. */
async function pass(milliseconds: number): Promise<void> {
  const now = Date.now() + milliseconds;
  if (!vi.isFakeTimers()) vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(now);
  passed += milliseconds;
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + passed);
  // The cache looks at the clock once a millisecond.
  await sleep(5);
}

const SECONDS = 1000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;

const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url');

/** A JWS of anything, signed by anything. */
function compact(header: object, payload: string | object, signer: (input: Buffer) => Buffer): string {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const input = `${base64url(JSON.stringify(header))}.${base64url(text)}`;
  return `${input}.${base64url(signer(Buffer.from(input)))}`;
}

const signedBy =
  (key: SigningKey) =>
  (input: Buffer): Buffer =>
    sign('sha256', input, createPrivateKey({ key, format: 'jwk' }));

const byOwner = (input: Buffer): Buffer => signedBy(keys.own)(input);

const own = { alg: 'RS256', kid: 'own', typ: 'at+jwt' };

describe('what the provider issues', () => {
  test('opens the tenant, with the scopes of the token', async () => {
    const tokens = verifier();
    const token = await shared.token({ scope: 'read write' });
    expect(tokens.isToken(token)).toBe(true);
    expect(await tokens.verify(token)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      tenantId: tenantIds.alice,
      scopes: ['read', 'write'],
      profile: 'default',
      domain: shared.issuer,
      actor: `${shared.issuer}#mover`,
    });
  });

  test('opens nothing when it is for somebody else', async () => {
    await refuses(verifier(), await shared.token({ audience: 'https://elsewhere.example' }));
  });

  test('opens the tenant that a claim names', async () => {
    const tokens = verifier(shared, { tenant_claim: 'https://stele.example/tenant' });
    const token = await shared.token({ claims: { 'https://stele.example/tenant': 'mallory' } });
    expect(await tokens.verify(token)).toMatchObject({ tenantId: tenantIds.mallory });
  });

  test('is the same client every time, and another one with another issuer', async () => {
    const { id } = await verifier().verify(await shared.token());
    expect(await verifier().verify(await shared.token({ scope: 'admin' }))).toMatchObject({ id });
    const other = await ownProvider();
    expect((await verifier(other).verify(await other.token())).id).not.toBe(id);
  });

  test('is taken of an issuer that ends with a slash', async () => {
    const provider = await ownProvider((url) => `${url}/`);
    await accepts(verifier(provider), await provider.token());
  });

  test('asks for nothing before the first token comes', async () => {
    const provider = await ownProvider();
    const tokens = verifier(provider);
    await sleep(20);
    await refuses(tokens, await forge());
    expect(provider.requests).toEqual([]);
    await accepts(tokens, await provider.token());
    expect(provider.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });
});

describe('algorithms', () => {
  const keyOf = { RS: 'own', PS: 'own', ES256: 'es256', ES384: 'es384', ES512: 'es512', Ed: 'ed25519' } as const;

  test.each([
    ['RS256', 'RS'],
    ['RS384', 'RS'],
    ['RS512', 'RS'],
    ['PS256', 'PS'],
    ['PS384', 'PS'],
    ['PS512', 'PS'],
    ['ES256', 'ES256'],
    ['ES384', 'ES384'],
    ['ES512', 'ES512'],
    ['EdDSA', 'Ed'],
    ['Ed25519', 'Ed'],
  ] as const)('%s is accepted unless others are pinned', async (algorithm, kind) => {
    const key = keys[keyOf[kind]];
    const token = await signToken({ algorithm, key }, shared.claims());
    await accepts(verifier(), token);
    await accepts(verifier(shared, { tenant: 'alice', algorithms: [algorithm] }), token);
    const other = algorithm === 'ES256' ? 'RS256' : 'ES256';
    await refuses(verifier(shared, { tenant: 'alice', algorithms: [other] }), token);
  });

  test.each(['none', 'None', 'NONE', 'nOnE', ''])('"%s" is not one', async (alg) => {
    const claims = shared.claims();
    await refuses(
      verifier(),
      compact({ ...own, alg }, claims, () => Buffer.alloc(0)),
    );
    await refuses(verifier(), compact({ ...own, alg }, claims, byOwner));
  });

  // RFC 8725 2.1: "An attacker can change the algorithm to HS256 and use the RSA public key as the HMAC shared secret."
  test.each(['HS256', 'HS384', 'HS512'])('%s with the public key as its secret is not one', async (alg) => {
    const published = publicPart(keys.own);
    const key = createPublicKey({ key: published, format: 'jwk' });
    const secrets = [
      key.export({ type: 'spki', format: 'pem' }),
      key.export({ type: 'spki', format: 'der' }),
      key.export({ type: 'pkcs1', format: 'pem' }),
      Buffer.from(published.n!, 'base64url'),
      published.n!,
      JSON.stringify(published),
    ];
    for (const secret of secrets) {
      const mac = (input: Buffer) => createHmac(alg.replace('HS', 'sha'), secret).update(input).digest();
      await refuses(verifier(), compact({ ...own, alg }, shared.claims(), mac));
    }
  });

  test('what cannot be right asks for no keys', async () => {
    const provider = await ownProvider();
    const tokens = verifier(provider);
    for (const alg of ['none', 'HS256', 'RS1', 'dir']) {
      await refuses(tokens, compact({ ...own, alg }, provider.claims(), byOwner));
    }
    await refuses(tokens, compact({ ...own, typ: 'logout+jwt' }, provider.claims(), byOwner));
    await refuses(tokens, compact({ ...own, crit: ['exp'] }, provider.claims(), byOwner));
    expect(provider.requests).toEqual([]);
  });
});

describe('signatures', () => {
  test('a token without kid is checked with every key that fits', async () => {
    const tokens = verifier();
    for (const key of [keys.own, keys.former]) await accepts(tokens, await forge({}, { kid: undefined }, key));
    await refuses(tokens, await forge({}, { kid: undefined }, forgers));
    // What is wrong with a token is said alike.
    const expired = await verifyError(tokens, await forge({ exp: 1 }, { kid: undefined }, keys.former));
    expect(expired).toBe(await verifyError(tokens, await forge({ exp: 1 })));
  });

  test('are by the key that the token names', async () => {
    const tokens = verifier();
    await accepts(tokens, await forge());
    await refuses(tokens, await forge({}, {}, forgers));
    await refuses(tokens, await forge({}, { kid: 'former' }));
    await refuses(tokens, await forge({}, { kid: 'es256' }));
    await refuses(tokens, await forge({}, { kid: 'nobody' }));
    await refuses(tokens, await forge({}, { kid: '' }));
  });

  // RFC 7515 4.1.3: whoever signs may say with which key; here that is the business of the issuer.
  test('are not by a key that the token brings along', async () => {
    const jwk = publicPart(forgers);
    for (const header of [{ jwk }, { jku: 'https://forger.example/jwks' }, { x5u: 'https://forger.example/x' }]) {
      await refuses(verifier(), compact({ ...own, ...header }, shared.claims(), signedBy(forgers)));
    }
  });

  test('cover every part', async () => {
    const tokens = verifier();
    const token = await forge();
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const [, otherPayload, otherSignature] = (await forge({ scope: 'admin' })).split('.') as [string, string, string];
    const raised = base64url(JSON.stringify({ ...decodeJwt(token), scope: 'admin' }));
    const changed = base64url(JSON.stringify({ ...own, typ: 'JWT' }));
    for (const parts of [
      [header, raised, signature],
      [header, otherPayload, signature],
      [header, payload, otherSignature],
      [changed, payload, signature],
      [header, payload, ''],
      [header, payload, signature.slice(0, -4)],
      [header, payload, `${signature}AAAA`],
      [header, payload, 'A'.repeat(signature.length)],
    ]) {
      await refuses(tokens, parts.join('.'));
    }
    await accepts(tokens, token);
  });

  // RFC 7515 4.1.11: "If any of the listed extension Header Parameters are not understood and supported by the
  // recipient, then the JWS is invalid."
  test.each([
    { crit: ['exp'], exp: 1 },
    { crit: ['https://example.com/x'], 'https://example.com/x': true },
    { crit: [] },
    { crit: 'b64' },
    { crit: ['b64'], b64: false },
  ])('with %o in the header are not understood', async (header) => {
    await refuses(verifier(), compact({ ...own, ...header }, shared.claims(), byOwner));
  });

  test.each(['', '1', '"text"', '[]', 'null', '{', '{"iss":'])('are of claims, not of %s', async (payload) => {
    await refuses(verifier(), compact(own, payload, byOwner));
  });
});

describe('claims', () => {
  const now = () => Math.floor(Date.now() / 1000);

  test.each<[string, () => JWTPayload]>([
    ['nothing else', () => ({})],
    ['several audiences', () => ({ aud: ['https://elsewhere.example', AUDIENCE] })],
    ['an expiry just now', () => ({ exp: now() - 2 })],
    ['a beginning in a moment', () => ({ nbf: now() + 2 })],
    ['a beginning long ago', () => ({ nbf: 0 })],
    ['nulls', () => ({ client_id: null, azp: null, scp: null })],
    ['a subject of 255 characters', () => ({ sub: 's'.repeat(255) })],
  ])('a token with %s is accepted', async (_, claims) => accepts(verifier(), await forge(claims())));

  test.each<[string, () => Readonly<Record<string, unknown>>]>([
    ['without an issuer', () => ({ iss: undefined })],
    ['of another issuer', () => ({ iss: 'https://elsewhere.example' })],
    ['of the issuer with a slash', () => ({ iss: `${shared.issuer}/` })],
    ['of the issuer in upper case', () => ({ iss: shared.issuer.toUpperCase() })],
    ['of several issuers', () => ({ iss: [shared.issuer] })],
    ['without an audience', () => ({ aud: undefined })],
    ['for another audience', () => ({ aud: 'https://elsewhere.example' })],
    ['for other audiences', () => ({ aud: ['https://elsewhere.example', `${AUDIENCE}/`] })],
    ['for no audience', () => ({ aud: [] })],
    ['for a part of the audience', () => ({ aud: AUDIENCE.slice(0, -1) })],
    ['for an audience that is none', () => ({ aud: { [AUDIENCE]: true } })],
    ['that has expired', () => ({ exp: now() - 10 })],
    ['without an expiry', () => ({ exp: undefined })],
    ['with an expiry in words', () => ({ exp: 'tomorrow' })],
    ['with an expiry as text', () => ({ exp: String(now() + 600) })],
    ['that is not valid yet', () => ({ nbf: now() + 10 })],
    ['with a beginning as text', () => ({ nbf: '0' })],
    ['of nobody', () => ({ sub: undefined })],
    ['of an empty subject', () => ({ sub: '' })],
    ['of a numbered subject', () => ({ sub: 7 })],
    ['of a subject with U+0000', () => ({ sub: 'a\0b' })],
    ['of a subject with half a surrogate pair', () => ({ sub: 'a\ud83d' })],
    ['of a subject of 256 characters', () => ({ sub: 's'.repeat(256) })],
    ['with scopes that are none', () => ({ scope: { read: true } })],
    ['with scp that are none', () => ({ scp: [1] })],
    // RFC 9449 6.1, RFC 8705 3.1.
    ['that is bound to a key', () => ({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } })],
  ])('a token %s is refused', async (_, claims) => refuses(verifier(), await forge(claims())));

  test.each([undefined, 'JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt'])(
    'a token of type %s may be an access token',
    async (typ) => accepts(verifier(), compact({ ...own, typ }, shared.claims(), byOwner)),
  );

  // RFC 8725 3.11: types keep one kind of JWT from being taken for another.
  test.each(['dpop+jwt', 'logout+jwt', 'secevent+jwt', 'token-introspection+jwt', 'JOSE', 'at+jwt2', '', null, 5])(
    'a token of type %s is something else',
    async (typ) => refuses(verifier(), compact({ ...own, typ }, shared.claims(), byOwner)),
  );

  test('one issuer cannot sign for another', async () => {
    const other = await startProvider([keys.former]);
    onTestFinished(() => other.stop());
    const both = [shared, other].map(({ issuer }) => ({ issuer, audience: AUDIENCE, tenant: 'alice' }));
    const tokens = new AccessTokens(OAuthIssuers.parse(both), new KnownTenants());
    await accepts(tokens, await shared.token());
    await accepts(tokens, await other.token());
    await refuses(tokens, await forgeOf(other, keys.own));
  });

  test('a token that is too long is refused whatever it says', async () => {
    const tokens = verifier();
    const fill = async (length: number) => {
      const token = await forge({ fill: '' });
      return forge({ fill: 'x'.repeat(Math.floor(((length - token.length) * 3) / 4)) });
    };
    const most = await fill(8192);
    expect(8192 - most.length).toBeLessThan(8);
    await accepts(tokens, most);
    await refuses(tokens, await fill(8200));
    await refuses(tokens, await fill(1_000_000));
    await refuses(tokens, '.'.repeat(1_000_000));
  });
});

describe('subjects', () => {
  test.each([
    [{ sub: 'carol', client_id: 'mover', azp: 'app' }, 'carol'],
    [{ sub: undefined, client_id: 'mover', azp: 'app' }, 'mover'],
    [{ sub: undefined, client_id: undefined, azp: 'app' }, 'app'],
  ])('of %o', async (claims, subject) => {
    const actor = `${shared.issuer}#${subject}`;
    expect(await verifier().verify(await forge(claims))).toMatchObject({ actor });
  });
});

describe('scopes', () => {
  test.each<[object, string[]]>([
    [{ scope: 'read' }, ['read']],
    [{ scope: 'openid admin audit write' }, ['write', 'admin']],
    [{ scope: 'write  read' }, ['read', 'write']],
    [{ scp: ['read', 'write'] }, ['read', 'write']],
    [{ scp: 'read admin' }, ['read', 'admin']],
    [{ scope: 'read', scp: ['write', 'read'] }, ['read', 'write']],
    [{ scope: 'operator' }, []],
    [{ scope: 'read operator', scp: ['operator'] }, ['read']],
    [{ scope: 'READ read:users .read toString' }, []],
    [{ scope: '' }, []],
    [{}, []],
    [{ roles: ['admin'], scopes: 'admin', permissions: ['admin'] }, []],
  ])('of %o', async (claims, scopes) => {
    const token = await forge({ scope: undefined, ...claims });
    expect((await verifier().verify(token)).scopes).toEqual(scopes);
  });
});

describe('tenants', () => {
  const byClaim = { tenant_claim: 'org' };

  test('are named by name or by id, in the settings or in a claim', async () => {
    await accepts(verifier(shared, { tenant: tenantIds.alice }), await forge());
    await accepts(verifier(shared, byClaim), await forge({ org: 'alice' }));
    await accepts(verifier(shared, byClaim), await forge({ org: tenantIds.alice }));
  });

  test('are not chosen by the token where the settings name one', async () => {
    await accepts(verifier(), await forge({ org: 'mallory', tenant: 'mallory' }));
  });

  test.each([undefined, null, '', 7, true, ['alice'], { name: 'alice' }, 'carol', 'ALICE', 'alice\0', 'a\ud83d'])(
    'a claim that is %o names none',
    async (org) => refuses(verifier(shared, byClaim), await forge({ org })),
  );

  test.each(['__proto__', 'constructor'])('a claim %s that is not there names none', async (tenant_claim) =>
    refuses(verifier(shared, { tenant_claim }), await forge()),
  );

  test('one that is not there opens nothing', async () =>
    refuses(verifier(shared, { tenant: 'carol' }), await forge()));

  test('are looked for once a minute', async () => {
    const tenants = new KnownTenants();
    const tokens = verifier(shared, byClaim, tenants);
    for (const org of ['alice', 'mallory', 'alice']) await tokens.verify(await forge({ org }));
    expect(tenants.asked).toEqual(['alice', 'mallory']);
    tenants.ids.delete('alice');
    await pass(61 * SECONDS);
    await refuses(tokens, await forge({ org: 'alice' }));
  });

  test('open as soon as they are there', async () => {
    const tenants = new KnownTenants();
    const tokens = verifier(shared, byClaim, tenants);
    const token = await forge({ org: 'carol' });
    await refuses(tokens, token);
    tenants.ids.set('carol', tenantIds.alice);
    await accepts(tokens, token);
  });

  test('that cannot be looked for now may be looked for later', async () => {
    class Unreachable extends KnownTenants {
      reachable = false;
      override async find(nameOrId: string) {
        if (!this.reachable) throw new Error('The database is away');
        return super.find(nameOrId);
      }
    }
    const tenants = new Unreachable();
    const tokens = verifier(shared, byClaim, tenants);
    const token = await forge({ org: 'alice' });
    await expect(tokens.verify(token)).rejects.toThrow('The database is away');
    tenants.reachable = true;
    await accepts(tokens, token);
  });
});

describe('what was verified', () => {
  test('is not verified again', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const tokens = verifier();
    const token = await forge();
    const first = await tokens.verify(token);
    for (let times = 0; times < 10; times++) expect(await tokens.verify(token)).toEqual(first);
    expect(verify).toHaveBeenCalledTimes(1);
    expect(tokens.remembered(token)).toEqual(first);
    const other = await forge();
    expect(tokens.remembered(other)).toBeUndefined();
    await tokens.verify(other);
    expect(verify).toHaveBeenCalledTimes(2);
  });

  test('is not believed for longer than a minute', async () => {
    const provider = await ownProvider();
    const tokens = verifier(provider);
    const token = await forgeOf(provider);
    await accepts(tokens, token);
    provider.publish(keys.next);
    await pass(6 * SECONDS);
    await accepts(tokens, await provider.token());
    await refuses(tokens, await forgeOf(provider));
    await accepts(tokens, token);
    await pass(55 * SECONDS);
    await refuses(tokens, token);
  });

  test('is not believed once it has expired', async () => {
    const tokens = verifier();
    const token = await forge({ exp: Math.floor(Date.now() / 1000) + 10 });
    await accepts(tokens, token);
    await pass(9 * SECONDS);
    await accepts(tokens, token);
    await pass(8 * SECONDS);
    await refuses(tokens, token);
    // Neither is one that expires as it comes.
    await pass(SECONDS - (Date.now() % SECONDS));
    const last = await forge({ exp: Date.now() / SECONDS });
    await accepts(tokens, last);
    await pass(6 * SECONDS);
    await refuses(tokens, last);
  });
});

describe("the provider's keys", () => {
  const documents = 2;

  test('may be new: a token that names one has them fetched', async () => {
    const provider = await ownProvider();
    const tokens = verifier(provider);
    const before = await forgeOf(provider);
    await accepts(tokens, await provider.token());
    provider.publish(keys.next, keys.own);
    await pass(6 * SECONDS);
    await accepts(tokens, await provider.token());
    await accepts(tokens, before);
    expect(provider.requests).toHaveLength(2 * documents);
  });

  test('are fetched once for all who wait for them', async () => {
    const provider = await ownProvider();
    const tokens = verifier(provider);
    await Promise.all(Array.from({ length: 20 }, async () => accepts(tokens, await forgeOf(provider))));
    expect(provider.requests).toHaveLength(documents);
  });

  // Whoever can send a request can send a token that names a new key.
  test('are fetched once in some seconds, however many tokens name unknown ones', async () => {
    const provider = await ownProvider();
    const tokens = verifier(provider);
    const flood = () =>
      Promise.all(
        Array.from({ length: 50 }, async () =>
          refuses(tokens, await forgeOf(provider, { ...forgers, kid: randomUUID() })),
        ),
      );
    await accepts(tokens, await provider.token());
    await flood();
    await flood();
    expect(provider.requests).toHaveLength(documents);
    await pass(6 * SECONDS);
    await flood();
    await flood();
    expect(provider.requests).toHaveLength(2 * documents);
  });

  test('are fetched again after ten minutes, while those that are known go on', async () => {
    const provider = await ownProvider();
    const tokens = verifier(provider);
    await accepts(tokens, await provider.token());
    await pass(9 * MINUTES);
    await accepts(tokens, await forgeOf(provider));
    await sleep(50);
    expect(provider.requests).toHaveLength(documents);

    provider.publish(keys.next);
    const held = Promise.withResolvers<void>();
    let asked = 0;
    provider.intercept = (_, response) => {
      asked++;
      if (asked > 1) return false;
      void held.promise.then(() => response.writeHead(500).end());
      return true;
    };
    await pass(2 * MINUTES);
    await accepts(tokens, await forgeOf(provider));
    await vi.waitFor(() => expect(asked).toBe(1));
    // That fetch fails, and the next one may come in some seconds.
    held.resolve();
    await sleep(50);
    await accepts(tokens, await forgeOf(provider));
    expect(asked).toBe(1);
    await pass(6 * SECONDS);
    await accepts(tokens, await forgeOf(provider));
    await vi.waitFor(async () => refuses(tokens, await forgeOf(provider)));
    await accepts(tokens, await provider.token());
  });

  test('are not fetched for a token that names none', async () => {
    const provider = await ownProvider();
    provider.publish(keys.own, keys.former);
    const tokens = verifier(provider);
    await accepts(tokens, await provider.token());
    await pass(6 * SECONDS);
    await accepts(tokens, compact({ ...own, kid: undefined }, provider.claims(), byOwner));
    expect(provider.requests).toHaveLength(documents);
  });

  test('that were withdrawn while nobody came open nothing', async () => {
    const provider = await ownProvider();
    const tokens = verifier(provider);
    await accepts(tokens, await provider.token());
    provider.publish(keys.next);
    await pass(1 * HOURS);
    await refuses(tokens, await forgeOf(provider));
  });
});

describe('a provider that is in trouble', () => {
  /** Answers a path by hand. */
  const answering =
    (path: string, answer: (response: ServerResponse) => void): TestProvider['intercept'] =>
    ({ url }, response) => {
      if (url !== path) return false;
      answer(response);
      return true;
    };

  const DISCOVERY = '/.well-known/openid-configuration';

  const json = (body: unknown) => (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  /** Says who it is, and that its keys are there. */
  const metadata = (provider: TestProvider, jwks_uri: string, others: object = {}) =>
    answering(DISCOVERY, json({ issuer: provider.issuer, jwks_uri, ...others }));

  test('leaves the keys that are known as they are', async () => {
    const provider = await ownProvider();
    const tokens = verifier(provider);
    await accepts(tokens, await provider.token());
    await provider.stop();
    for (const time of [0, 6 * SECONDS, 11 * MINUTES, 1 * HOURS, 24 * HOURS, 6 * SECONDS]) {
      await pass(time);
      await accepts(tokens, await forgeOf(provider));
      await refuses(tokens, await forgeOf(provider, keys.next));
    }
    await provider.resume();
    provider.publish(keys.next);
    await pass(6 * SECONDS);
    await accepts(tokens, await provider.token());
    await refuses(tokens, await forgeOf(provider));
  });

  test('is told of once, until it is well again', async () => {
    const provider = await ownProvider();
    const lines: string[] = [];
    const tokens = verifier(provider, { tenant: 'alice' }, new KnownTenants(), (line) => lines.push(line));
    for (const times of [1, 2]) {
      await accepts(tokens, await provider.token());
      await provider.stop();
      for (const time of [6 * SECONDS, 6 * SECONDS]) {
        await pass(time);
        await refuses(tokens, await forgeOf(provider, keys.next));
      }
      expect(lines).toHaveLength(times);
      await provider.resume();
      await pass(6 * SECONDS);
      await refuses(tokens, await forgeOf(provider, keys.next));
    }
    expect(lines[0]).toContain(provider.issuer);
  });

  test('makes tokens wait for a better time before its keys are known, and is not pressed', async () => {
    const provider = await ownProvider();
    const tokens = verifier(provider);
    provider.intercept = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    for (let times = 0; times < 10; times++) {
      await expect(tokens.verify(await forgeOf(provider))).rejects.toMatchObject(isUnavailable);
    }
    expect(provider.requests).toHaveLength(1);
    provider.intercept = undefined;
    await pass(6 * SECONDS);
    await accepts(tokens, await provider.token());
  });

  test('that does not listen makes tokens wait too', async () => {
    const provider = await ownProvider();
    await provider.stop();
    await expect(verifier(provider).verify(await forgeOf(provider))).rejects.toMatchObject(isUnavailable);
  });

  test('that does not answer, or never comes to an end, costs no token more than some seconds', async () => {
    const silent: TestProvider['intercept'] = () => true;
    const endless: TestProvider['intercept'] = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(timer));
      return true;
    };
    const late: TestProvider['intercept'] = (request, response) => request.url === '/jwks' && silent(request, response);
    const timeOf = async (work: () => Promise<void>) => {
      const began = clock();
      await work();
      return clock() - began;
    };
    const known = await ownProvider();
    const tokens = verifier(known);
    await accepts(tokens, await known.token());
    known.intercept = silent;
    await pass(11 * MINUTES);
    const waits = [silent, endless, late].map(async (intercept) => {
      const provider = await ownProvider();
      provider.intercept = intercept;
      const token = await forgeOf(provider);
      return timeOf(() => expect(verifier(provider).verify(token)).rejects.toMatchObject(isUnavailable));
    });
    const unknown = timeOf(async () => refuses(tokens, await forgeOf(known, keys.next)));
    expect(await timeOf(async () => accepts(tokens, await forgeOf(known)))).toBeLessThan(1 * SECONDS);
    // Before the request would be answered with 503, because it took too long.
    for (const time of await Promise.all([unknown, ...waits])) expect(time).toBeLessThan(7 * SECONDS);
    // Keys that nobody can ask for are waited for no longer, however old those are that are known.
    await pass(1 * HOURS);
    expect(await timeOf(async () => accepts(tokens, await forgeOf(known)))).toBeLessThan(1 * SECONDS);
  });

  test('that says it is another issuer has no keys here', async () => {
    const provider = await ownProvider((url) => url.replace('127.0.0.1', 'localhost'));
    const issuer = provider.issuer.replace('localhost', '127.0.0.1');
    const token = await forgeOf(provider, keys.own, { iss: issuer });
    await expect(verifier(issuer).verify(token)).rejects.toMatchObject(isUnavailable);
    expect(provider.requests).toEqual([DISCOVERY]);
    await accepts(verifier(provider), await provider.token());
  });

  test.each<[string, (provider: TestProvider) => TestProvider['intercept']]>([
    ['without the place of its keys', (provider) => metadata(provider, undefined!)],
    ['with a place that is no URL', (provider) => metadata(provider, '/jwks')],
    // To Linux, one more name of this machine.
    [
      'with a place that anybody may speak for',
      (provider) => metadata(provider, `${provider.issuer.replace('127.0.0.1', '0.0.0.0')}/jwks`),
    ],
    ['with a place on its disk', (provider) => metadata(provider, 'file:///etc/passwd')],
    ['that is HTML', () => answering(DISCOVERY, (response) => response.writeHead(200).end('<p>Welcome</p>'))],
    ['that is empty', () => answering(DISCOVERY, (response) => response.writeHead(200).end())],
    ['that is 204', () => answering(DISCOVERY, (response) => response.writeHead(204).end())],
    ['of 300 KB', (provider) => metadata(provider, `${provider.issuer}/jwks`, { fill: 'x'.repeat(300_000) })],
    [
      'and keys that are an error',
      () =>
        answering('/jwks', (response) => {
          response.writeHead(500).end(JSON.stringify({ keys: [publicPart(keys.own)] }));
        }),
    ],
    ['and keys that are null', () => answering('/jwks', json({ keys: null }))],
    ['and keys that are none', () => answering('/jwks', json({ keys: [] }))],
    ['and keys that are text', () => answering('/jwks', json({ keys: ['key'] }))],
    ['and keys of 300 KB', () => answering('/jwks', json({ keys: [publicPart(keys.own)], fill: 'x'.repeat(300_000) }))],
    [
      'and keys somewhere else',
      (provider) => {
        const moved = `${provider.issuer}/jwks?moved`;
        return answering('/jwks', (response) => response.writeHead(302, { location: moved }).end());
      },
    ],
  ])('with metadata %s has none that are taken', async (_, intercept) => {
    const provider = await ownProvider();
    provider.intercept = intercept(provider);
    const tokens = verifier(provider);
    await expect(tokens.verify(await forgeOf(provider))).rejects.toMatchObject(isUnavailable);
    // And none that are known are lost by it.
    provider.intercept = undefined;
    await pass(6 * SECONDS);
    await accepts(tokens, await provider.token());
    provider.intercept = intercept(provider);
    await pass(1 * HOURS);
    await accepts(tokens, await forgeOf(provider));
  });

  test('and publishes a key that is none costs the others nothing', async () => {
    const provider = await ownProvider();
    const short = { kty: 'RSA', kid: 'short', e: 'AQAB', n: base64url(Buffer.alloc(128, 0xff)) };
    const off = { ...publicPart(keys.es256), kid: 'off', y: publicPart(keys.es256).x };
    const secret = { kty: 'oct', kid: 'secret', k: base64url('secret') };
    provider.intercept = answering('/jwks', json({ keys: [short, off, secret, keys.former, publicPart(keys.own)] }));
    const tokens = verifier(provider);
    await accepts(tokens, await provider.token());
    await accepts(tokens, compact({ ...own, kid: undefined }, provider.claims(), byOwner));
    await refuses(tokens, compact({ ...own, kid: 'short' }, provider.claims(), byOwner));
    await refuses(tokens, compact({ ...own, alg: 'ES256', kid: 'off' }, provider.claims(), byOwner));
    const mac = (input: Buffer) => createHmac('sha256', 'secret').update(input).digest();
    await refuses(tokens, compact({ ...own, alg: 'HS256', kid: 'secret' }, provider.claims(), mac));
    // A key that its owner gave away.
    await refuses(tokens, await forgeOf(provider, keys.former));
  });
});

describe('isToken', () => {
  const header = (value: unknown) => base64url(JSON.stringify(value));

  test('tells tokens from API keys', async () => {
    const tokens = verifier();
    const token = await forge();
    const [, payload, signature] = token.split('.');
    for (const bearer of [
      token,
      compact({ alg: 'none' }, {}, () => Buffer.alloc(0)),
      compact({ alg: 'HS256' }, {}, () => Buffer.from('mac')),
      `${base64url('{ "typ": "JWT",\r\n  "alg": "RS256" }')}.${payload}.${signature}`,
      'x'.repeat(9000).replace(/^/, `${header({ alg: 'RS256' })}.x.`),
    ]) {
      expect(tokens.isToken(bearer)).toBe(true);
    }
    for (const bearer of [
      '',
      '..',
      issueApiKey(tenantIds.alice),
      'test-key-of-alices-tenant-every-scope',
      'a.key.with-dots-that-an-administrator-gave',
      'key.of/an.administrator',
      header({ alg: 'RS256' }),
      `${header({ alg: 'RS256' })}.${payload}`,
      `${token}.x`,
      `${token}=`,
      `.${payload}.${signature}`,
      `${header({ alg: 'RS256' })}..${signature}`,
      `${header({ alg: 7 })}.${payload}.${signature}`,
      `${header({ typ: 'JWT' })}.${payload}.${signature}`,
      `${header(['RS256'])}.${payload}.${signature}`,
      `${header('alg')}.${payload}.${signature}`,
      `${header(null)}.${payload}.${signature}`,
      `${base64url('{"alg":')}.${payload}.${signature}`,
    ]) {
      expect(tokens.isToken(bearer), bearer).toBe(false);
    }
  });

  test('knows no tokens where there are no issuers', async () => {
    const tokens = new AccessTokens([], new KnownTenants());
    const token = await forge();
    expect(tokens.isToken(token)).toBe(false);
    await refuses(tokens, token);
  });
});
