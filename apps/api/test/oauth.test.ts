import { createHmac, createPublicKey, randomUUID } from 'node:crypto';
import { decodeJwt, UnsecuredJWT } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keys, startApp, storedHash, type TestApp } from './support/app.ts';
import {
  AUDIENCE,
  createSigningKey,
  publicPart,
  type SigningKey,
  signToken,
  startProvider,
  type TestProvider,
} from './support/provider.ts';
import { create, faces, kept, patch, read, tongues, urns } from './support/users.ts';

let signingKey: SigningKey;
/** Of alice's employees. Its tokens are for her tenant alone. */
let staff: TestProvider;
/** Of whoever has a directory here. Its tokens say in a claim which one they are for. */
let everybody: TestProvider;
/** Whose keys nobody has fetched yet. */
let unreachable: TestProvider;
let api: TestApp;
let alice: string;

beforeAll(async () => {
  signingKey = await createSigningKey('RS256', 'own');
  [staff, everybody, unreachable] = await Promise.all([
    startProvider([signingKey]),
    startProvider([signingKey]),
    startProvider([signingKey]),
  ]);
  await unreachable.stop();
  const issuers = [
    { issuer: staff.issuer, tenant: 'alice' },
    { issuer: everybody.issuer, tenant_claim: 'tenant', domain: 'default' },
    { issuer: unreachable.issuer, tenant: 'alice' },
  ];
  api = await startApp({
    STELE_OAUTH_ISSUERS: JSON.stringify(issuers.map((issuer) => ({ ...issuer, audience: AUDIENCE }))),
  });
  alice = await create(api, 'scim', 'alice');
});
afterAll(async () => {
  await api.stop();
  await Promise.all([staff.stop(), everybody.stop()]);
});

const title = { v1: 'first_name', scim: 'title', nerm: 'title' } as const;

/** Signed by the provider's key, but perhaps not what it would sign. */
const forge = (claims: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, unknown>> = {}) =>
  signToken({ algorithm: 'RS256', key: signingKey }, staff.claims({ jti: randomUUID(), ...claims }), header);

describe.each(tongues)('%s', (tongue) => {
  test('an access token opens what its scopes include', async () => {
    const reader = await staff.token({ scope: 'read' });
    const writer = await staff.token({ scope: 'write' });
    expect((await read(api, tongue, alice, { key: reader })).status).toBe(200);
    expect((await read(api, tongue, alice, { key: writer })).status).toBe(200);
    const fields = { [title[tongue]]: `by ${tongue}` };
    const written = await patch(api, tongue, alice, fields, { key: writer });
    expect(written.status).toBe(200);
    expect(faces[tongue].shown(written)).toMatchObject(fields);
  });

  // RFC 6750 3.1: "The request requires higher privileges than provided by the access token."
  test.each([
    ['read', 'PATCH', 'write'],
    ['audit', 'GET', 'read'],
    ['operator', 'GET', 'read'],
  ])('a token with the scope %s is not enough for %s', async (scope, method, needed) => {
    const ask = { key: await staff.token({ scope }) };
    const before = await kept(api);
    const answer =
      method === 'GET'
        ? await read(api, tongue, alice, ask)
        : await patch(api, tongue, alice, { [title[tongue]]: 'not this' }, ask);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer realm="stele", error="insufficient_scope", scope="${needed}"`,
    );
    expect(await kept(api)).toEqual(before);
  });

  const faulty: Readonly<Record<string, () => Promise<string>>> = {
    'for somebody else': () => staff.token({ audience: 'https://elsewhere.example' }),
    'of an issuer that is not known': () => forge({ iss: 'https://elsewhere.example' }),
    'that has expired': () => forge({ exp: Math.floor(Date.now() / 1000) - 60 }),
    'that is not valid yet': () => forge({ nbf: Math.floor(Date.now() / 1000) + 60 }),
    'that nobody signed': async () => new UnsecuredJWT(staff.claims()).encode(),
    'that is signed with the public key': async () => {
      const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'own', typ: 'at+jwt' })).toString('base64url');
      const input = `${header}.${Buffer.from(JSON.stringify(staff.claims())).toString('base64url')}`;
      const pem = createPublicKey({ key: publicPart(signingKey), format: 'jwk' }).export({
        type: 'spki',
        format: 'pem',
      });
      return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    },
    'of an unknown key': () => forge({}, { kid: 'another' }),
    'whose scope was raised': async () => {
      const token = await staff.token({ scope: 'read' });
      const raised = Buffer.from(JSON.stringify({ ...decodeJwt(token), scope: 'admin' })).toString('base64url');
      return token.replace(/\..*\./, `.${raised}.`);
    },
    'that is too long': () => forge({ fill: 'x'.repeat(7000) }),
    'that is no access token': () => forge({}, { typ: 'logout+jwt' }),
    'for a tenant that is not there': () => everybody.token({ claims: { tenant: 'carol' } }),
    'for no tenant': () => everybody.token(),
    'for a tenant that cannot be': () => everybody.token({ claims: { tenant: 'a\0b' } }),
  };

  // RFC 6750 3.1: "The access token provided is expired, revoked, malformed, or invalid for other reasons."
  test.each(Object.keys(faulty))('a token %s opens nothing', async (fault) => {
    const key = await faulty[fault]!();
    const before = await kept(api);
    for (const answer of [
      await read(api, tongue, alice, { key }),
      await patch(api, tongue, alice, { [title[tongue]]: 'not this' }, { key }),
    ]) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer realm="stele", error="invalid_token", error_description="[ !#-[\]-~]+"$/,
      );
      for (const part of key.split('.')) if (part.length > 8) expect(answer.text).not.toContain(part);
    }
    expect(await kept(api)).toEqual(before);
  });

  // RFC 6750 3.1: without "any authentication information", a challenge "SHOULD NOT include an error code".
  test('a request without a credential is told how to bring one, and no more', async () => {
    const answer = await read(api, tongue, alice, { key: null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="stele"');
  });

  test("a foreign tenant's token finds nobody", async () => {
    const key = await everybody.token({ scope: 'admin', claims: { tenant: 'mallory' } });
    expect((await read(api, tongue, alice, { key })).status).toBe(404);
    const own = await everybody.token({ scope: 'admin', claims: { tenant: 'alice' } });
    expect((await read(api, tongue, alice, { key: own })).status).toBe(200);
  });

  test('a token of an issuer that cannot be reached has to wait', async () => {
    const key = await signToken({ algorithm: 'RS256', key: signingKey }, unreachable.claims());
    const answer = await read(api, tongue, alice, { key });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('API keys open what they did', async () => {
    expect((await read(api, tongue, alice, { key: keys.read })).status).toBe(200);
    expect((await read(api, tongue, alice, { key: keys.foreign })).status).toBe(404);
  });
});

test('tokens open no tenants, whatever they say', async () => {
  const key = await staff.token({ scope: 'admin operator' });
  expect((await api.request('GET', '/v1/tenants', { key })).status).toBe(403);
  expect((await api.request('GET', '/v1/tenants', { key: keys.operator })).status).toBe(200);
});

// RFC 7643 3.1: "The service provider MUST always interpret the externalId as scoped to the provisioning domain."
describe('the provisioning domain of a token', () => {
  const replacing = (value: string) => ({
    schemas: [urns.patchOp],
    Operations: [{ op: 'replace', path: 'externalId', value }],
  });
  const seenBy = async (key: string) => (await read(api, 'scim', alice, { key })).body.externalId;

  test('is its issuer, for every subject', async () => {
    const [one, other] = [await staff.token({ scope: 'write' }), await forge({ sub: 'other', scope: 'write' })];
    const body = replacing('of the issuer');
    expect((await api.request('PATCH', faces.scim.user(alice), { body, key: one })).status).toBe(200);
    expect([await seenBy(one), await seenBy(other), await seenBy(keys.admin)]).toEqual([
      'of the issuer',
      'of the issuer',
      undefined,
    ]);
    const entries = (await api.request('GET', `${faces.v1.user(alice)}/history`)).body.data as { changes: object }[];
    expect(entries.at(-1)!.changes).toEqual({ [`external_ids.${staff.issuer}`]: { new: 'of the issuer' } });
  });

  test('is the one that the settings give the issuer, so that it finds what keys wrote', async () => {
    const token = await everybody.token({ claims: { tenant: 'alice' } });
    await api.request('PATCH', faces.scim.user(alice), { body: replacing('of the keys') });
    expect(await seenBy(token)).toBe('of the keys');
  });
});

test('history names issuer and subject', async () => {
  const key = await staff.token({ scope: 'write' });
  await patch(api, 'scim', alice, { title: randomUUID() }, { key });
  const { body } = await api.request('GET', `${faces.v1.user(alice)}/history`);
  expect(body.data.at(-1).actor).toBe(`${staff.issuer}#mover`);
});

test('a client that gets a new token is the same client to an Idempotency-Key', async () => {
  const send = async (provider: TestProvider, claims?: { tenant: string }) =>
    api.request('POST', faces.scim.users, {
      key: await provider.token({ scope: 'write', ...(claims && { claims }) }),
      headers: { 'idempotency-key': 'new-token-same-client' },
      body: faces.scim.draft('bob'),
    });
  const first = await send(staff);
  expect(first.status).toBe(201);
  expect((await send(staff)).text).toBe(first.text);
  // The same name is somebody else's with another issuer.
  expect((await send(everybody, { tenant: 'alice' })).status).toBe(409);
});

test('an outage of the provider does not stop tokens whose keys are known', async () => {
  await read(api, 'scim', alice, { key: await staff.token() });
  await staff.stop();
  try {
    expect((await read(api, 'scim', alice, { key: await forge() })).status).toBe(200);
    expect((await read(api, 'scim', alice, { key: await forge({}, { kid: 'another' }) })).status).toBe(401);
  } finally {
    await staff.resume();
  }
});

test('where no issuers are named, a key that looks like a token is a key, and a token is nothing', async () => {
  const plain = await startApp();
  try {
    const key = await forge({ fill: 'not a token, but what an administrator took for a key' });
    await plain.query(
      'INSERT INTO api_keys (id, tenant_id, name, key_hash, scopes) SELECT $1, tenant_id, $2, $3, scopes FROM api_keys WHERE key_hash = $4',
      [uuidv7(), 'looks like a token', storedHash(key), storedHash(keys.read)],
    );
    expect((await read(plain, 'scim', alice, { key })).status).toBe(404);
    const answer = await read(plain, 'scim', alice, { key: await staff.token() });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  } finally {
    await plain.stop();
  }
});
