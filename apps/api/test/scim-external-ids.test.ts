import { MAX_EXTERNAL_IDS } from '@stele/schemas/canonical';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, startReplicas, type TestApp } from './support/app.ts';
import { type IssuedKey, issueKey } from './support/api-keys.ts';
import { expectScimError, MOUNTS, type Scim, scimAt, urns } from './support/scim.ts';
import { faces, forgetUsers } from './support/users.ts';

// RFC 7643 3.1: "The value of the "externalId" attribute is always issued by the provisioning client and MUST NOT be
// specified by the service provider. The service provider MUST always interpret the externalId as scoped to the
// provisioning domain."

let api: TestApp;
/** On the same database. */
let replica: TestApp;
let stop: () => Promise<void>;
/** Keys of two identity providers, and a second key of the first one. */
let keys: Readonly<Record<'okta' | 'oktaToo' | 'entra', IssuedKey>>;
let okta: Scim;
let oktaToo: Scim;
let entra: Scim;

beforeAll(async () => {
  ({ api, replica, stop } = await startReplicas({}, {}));
  keys = {
    okta: await issueKey(api, { domain: 'okta' }),
    oktaToo: await issueKey(api, { domain: 'okta' }),
    entra: await issueKey(api),
  };
  okta = scimAt(api, { key: keys.okta.key });
  oktaToo = scimAt(replica, { key: keys.oktaToo.key });
  entra = scimAt(replica, { key: keys.entra.key });
});
afterAll(() => stop());
beforeEach(() => forgetUsers(api));

type Kind = 'Users' | 'Groups';

const shown = async (scim: Scim, path: string): Promise<unknown> => (await scim.get(path)).body.externalId;

const replacement = (value: unknown) => [{ op: 'replace', path: 'externalId', value }];

/** What a resource of each kind is created with. */
const drafts: Readonly<Record<Kind, (name: string, fields?: object) => object>> = {
  Users: (name, fields) => faces.scim.draft(name, fields as never),
  Groups: (displayName, fields) => ({ schemas: [urns.group], displayName, ...fields }),
};

async function made(scim: Scim, kind: Kind, name: string, fields: object = {}): Promise<string> {
  const answer = await scim.send('POST', `/${kind}`, { body: drafts[kind](name, fields) });
  expect([200, 201], answer.text).toContain(answer.status);
  return `/${kind}/${String(answer.body.id)}`;
}

describe.each(['Users', 'Groups'] as const)('externalId of %s', (kind) => {
  test('is written and shown within a provisioning domain, by each of its keys', async () => {
    const path = await made(okta, kind, 'one', { externalId: '1001' });
    expect(await shown(oktaToo, path)).toBe('1001');
    expect(await shown(entra, path)).toBeUndefined();
    expect((await entra.patch(path, replacement('e-1'))).status).toBeLessThan(300);
    expect([await shown(okta, path), await shown(oktaToo, path)]).toEqual(['1001', '1001']);
    expect(await shown(entra, path)).toBe('e-1');
    await oktaToo.patch(path, replacement('1002'));
    expect([await shown(okta, path), await shown(entra, path)]).toEqual(['1002', 'e-1']);
  });

  test('of another domain survives PUT, PATCH with remove and null, and a PUT of what was read', async () => {
    const path = await made(okta, kind, 'one', { externalId: '1001' });
    const { body } = await entra.get(path);
    await entra.put(path, { ...body, externalId: 'e-1' });
    expect((await entra.put(path, drafts[kind]('one'))).status).toBe(200);
    expect([await shown(okta, path), await shown(entra, path)]).toEqual(['1001', undefined]);
    for (const operation of [
      { op: 'remove', path: 'externalId' },
      { op: 'replace', value: { externalId: null } },
    ]) {
      await entra.patch(path, replacement('e-1'));
      await entra.patch(path, [operation]);
      expect([await shown(okta, path), await shown(entra, path)]).toEqual(['1001', undefined]);
    }
  });

  test('that one domain changes is a new version for all', async () => {
    const path = await made(okta, kind, 'one', { externalId: '1001' });
    expect((await okta.get(path)).headers.get('etag')).toBe('"1"');
    await entra.patch(path, replacement('e-1'));
    expect((await okta.get(path, { headers: { 'if-none-match': '"1"' } })).status).toBe(200);
    const stale = { headers: { 'if-match': '"1"' } };
    expectScimError(await okta.patch(path, replacement('1002'), stale), 412);
    // What the domain has already changes nothing.
    await entra.patch(path, replacement('e-1'));
    expect((await okta.get(path)).headers.get('etag')).toBe('"2"');
  });

  test('in a preview is that of the own domain', async () => {
    const path = await made(okta, kind, 'one', { externalId: '1001' });
    const headers = { prefer: 'return=preview' };
    const preview = await entra.patch(path, replacement('e-1'), { headers });
    expect(preview.body).toEqual({ changes: { externalId: { new: 'e-1' } } });
    expect(await shown(entra, path)).toBeUndefined();
  });

  test.each(MOUNTS)('at %s is found by its own domain alone, in a filter and in .search', async (mount) => {
    const [own, other] = [scimAt(api, { mount, key: keys.okta.key }), scimAt(replica, { mount, key: keys.entra.key })];
    await made(own, kind, 'both', { externalId: '1001' });
    await made(own, kind, 'ours', { externalId: '1002' });
    await made(other, kind, 'theirs', { externalId: '1001' });
    await made(other, kind, 'none');
    const [{ id }] = (await own.list(`/${kind}`, { filter: 'externalId eq "1001"' })).body.Resources;
    await other.patch(`/${kind}/${id}`, replacement('2001'));

    const name = kind === 'Users' ? 'userName' : 'displayName';
    const named = ({ body }: Answer) =>
      (body.Resources as Record<string, string>[]).map((each) => each[name]).toSorted();
    const expectations: readonly [filter: string, ofOkta: string[], ofEntra: string[]][] = [
      ['externalId eq "1001"', ['both'], ['theirs']],
      ['externalId eq "2001"', [], ['both']],
      ['externalId eq "1002"', ['ours'], []],
      ['externalId ne "1001"', ['none', 'ours', 'theirs'], ['both', 'none', 'ours']],
      ['not (externalId eq "1001")', ['none', 'ours', 'theirs'], ['both', 'none', 'ours']],
      ['externalId pr', ['both', 'ours'], ['both', 'theirs']],
      ['not (externalId pr)', ['none', 'theirs'], ['none', 'ours']],
      ['externalId sw "100"', ['both', 'ours'], ['theirs']],
      ['externalId co "00" and externalId ew "2"', ['ours'], []],
      ['externalId eq "1001" or externalId eq "1002"', ['both', 'ours'], ['theirs']],
      [`externalId eq "1001" and ${name} eq "both"`, ['both'], []],
      [`${name} eq "none" or externalId eq "2001"`, ['none'], ['both', 'none']],
    ];
    for (const [filter, ofOkta, ofEntra] of expectations) {
      for (const [scim, expected] of [
        [own, ofOkta],
        [other, ofEntra],
      ] as const) {
        expect(named(await scim.list(`/${kind}`, { filter })), filter).toEqual(expected);
        expect(named(await scim.search(`/${kind}`, { filter })), filter).toEqual(expected);
        const listed = await scim.list(`/${kind}`, { filter, cursor: '' });
        expect([named(listed), listed.body.totalResults], filter).toEqual([expected, expected.length]);
      }
    }
    // A search at the root finds both kinds.
    expect(named(await own.search('', { filter: 'externalId eq "1001"' }))).toEqual(['both']);
    const order = async (scim: Scim, sortOrder: string) =>
      (
        (await scim.list(`/${kind}`, { sortBy: 'externalId', sortOrder })).body.Resources as Record<string, string>[]
      ).map((each) => each[name]);
    // RFC 7644 3.4.2.3: what has no value comes last; those alike stand in order of creation.
    expect(await order(own, 'ascending')).toEqual(['both', 'ours', 'theirs', 'none']);
    expect(await order(other, 'ascending')).toEqual(['theirs', 'both', 'ours', 'none']);
    expect(await order(other, 'descending')).toEqual(['ours', 'none', 'both', 'theirs']);
  });

  test('is in a list and in a projection that of the own domain', async () => {
    const path = await made(okta, kind, 'one', { externalId: '1001' });
    await entra.patch(path, replacement('e-1'));
    for (const [scim, expected] of [
      [okta, '1001'],
      [entra, 'e-1'],
    ] as const) {
      expect((await scim.list(`/${kind}`)).body.Resources).toMatchObject([{ externalId: expected }]);
      expect(await shown(scim, `${path}?attributes=externalId`)).toBe(expected);
      expect(await shown(scim, `${path}?excludedAttributes=externalId`)).toBeUndefined();
    }
  });

  test('is written in Bulk for the own domain', async () => {
    const path = await made(okta, kind, 'one', { externalId: '1001' });
    const answer = await entra.bulk([
      { method: 'PATCH', path, data: { schemas: [urns.patchOp], Operations: replacement('e-1') } },
      { method: 'POST', path: `/${kind}`, bulkId: 'x', data: drafts[kind]('two', { externalId: '1001' }) },
    ]);
    expect(answer.body.Operations.map(({ status }: { status: string }) => status)).toEqual([
      kind === 'Users' ? '200' : '204',
      '201',
    ]);
    expect([await shown(okta, path), await shown(entra, path)]).toEqual(['1001', 'e-1']);
    expect((await okta.list(`/${kind}`, { filter: 'externalId eq "1001"' })).body.totalResults).toBe(1);
    expect((await entra.list(`/${kind}`, { filter: 'externalId eq "1001"' })).body.totalResults).toBe(1);
  });

  test('of a deleted resource is not found, and its successor may have it', async () => {
    const path = await made(okta, kind, 'one', { externalId: '1001' });
    await entra.patch(path, replacement('1001'));
    await okta.remove(path);
    for (const scim of [okta, entra]) {
      expect((await scim.list(`/${kind}`, { filter: 'externalId eq "1001"' })).body.totalResults).toBe(0);
    }
    const successor = await made(entra, kind, 'one', { externalId: '1001' });
    expect(await shown(okta, successor)).toBeUndefined();
  });

  test(`of domain ${MAX_EXTERNAL_IDS + 1} is 400 and changes nothing`, async () => {
    const path = await made(okta, kind, 'one', { externalId: '1001' });
    const table = kind.toLowerCase();
    await api.query(
      `UPDATE ${table} SET external_ids = (SELECT jsonb_agg(jsonb_build_object('domain', 'domain-' || n, 'value', 'x')) FROM generate_series(1, $1) n)`,
      [MAX_EXTERNAL_IDS],
    );
    const answer = await entra.patch(path, replacement('e-1'));
    expectScimError(answer, 400, 'invalidValue');
    expect(answer.body.detail).toContain('externalId');
    expect((await entra.get(path)).headers.get('etag')).toBe('"1"');
  });
});

describe('externalId of users', () => {
  // Microsoft's collection creates two users with one externalId.
  test('may be that of another user of the domain', async () => {
    await okta.user('one', { externalId: '1001' });
    const id = await okta.user('two', { externalId: '1001' });
    await okta.user('three');
    expect((await okta.list('/Users', { filter: 'externalId eq "1001"' })).body.totalResults).toBe(2);
    expect((await okta.put(`/Users/${id}`, faces.scim.draft('two', { externalId: '1001' }))).status).toBe(200);
  });

  test('is in the history under the name of its domain', async () => {
    const id = await okta.user('one', { externalId: '1001' });
    await entra.patch(`/Users/${id}`, replacement('e-1'));
    await okta.patch(`/Users/${id}`, [...replacement('1002'), { op: 'replace', path: 'title', value: 'Cook' }]);
    await entra.patch(`/Users/${id}`, [{ op: 'remove', path: 'externalId' }]);
    const ofEntra = `external_ids.${keys.entra.id}`;
    const expected = [
      expect.objectContaining({ 'external_ids.okta': { new: '1001' } }) as object,
      { [ofEntra]: { new: 'e-1' } },
      { 'external_ids.okta': { old: '1001', new: '1002' }, title: { new: 'Cook' } },
      { [ofEntra]: { old: 'e-1' } },
    ];
    const history = await api.request('GET', `${faces.v1.user(id)}/history`);
    expect((history.body.data as { changes: object }[]).map(({ changes }) => changes)).toEqual(expected);
    const audit = await api.request('POST', '/audit_events/query', {
      body: { audit_events: { filters: { subject_id: id } } },
    });
    expect((audit.body.audit_events as { data: { changes: object } }[]).map(({ data }) => data.changes)).toEqual(
      expected,
    );
  });

  test('does not stop v1 and NERM, which do not carry it', async () => {
    const id = await okta.user('one', { externalId: '1001' });
    for (const dialect of ['v1', 'nerm'] as const) {
      const body = faces[dialect].patch({ email: `one@${dialect}.example` });
      expect((await api.request('PATCH', faces[dialect].user(id), { body, key: keys.entra.key })).status).toBe(200);
    }
    expect(await shown(okta, `/Users/${id}`)).toBe('1001');
  });
});

describe('externalId of groups', () => {
  test('and displayName may be those of a group of another domain', async () => {
    await okta.group('Field Team', [], { externalId: 'g-1' });
    const group = await entra.group('Field Team', [], { externalId: 'g-1' });
    const again = { schemas: [urns.group], displayName: 'Field Team', externalId: 'g-1' };
    expectScimError(await okta.send('POST', '/Groups', { body: again }), 409, 'uniqueness');
    expectScimError(await entra.send('POST', '/Groups', { body: again }), 409, 'uniqueness');
    expect((await entra.put(`/Groups/${group}`, again)).headers.get('etag')).toBe('"1"');
  });

  test('keep a domain from getting two alike by the rename of another client', async () => {
    await okta.group('Field Team', [], { externalId: 'g-1' });
    const other = await okta.group('Sea Team', [], { externalId: 'g-1' });
    const renaming = [{ op: 'replace', path: 'displayName', value: 'FIELD TEAM' }];
    expectScimError(await entra.patch(`/Groups/${other}`, renaming), 409, 'uniqueness');
    expect((await okta.get(`/Groups/${other}`)).body.displayName).toBe('Sea Team');
  });
});

describe('the provisioning domain of a key', () => {
  const keyOf = async ({ id }: IssuedKey, on: TestApp = api) => (await on.request('GET', `/v1/api-keys/${id}`)).body;
  const move = ({ id }: IssuedKey, domain: unknown) => api.request('PATCH', `/v1/api-keys/${id}`, { body: { domain } });
  const revoke = ({ id }: IssuedKey) => api.request('DELETE', `/v1/api-keys/${id}`);
  const warningOf = ({ headers }: Answer) => headers.get('stele-warning');

  test('is its id where none is given', async () => {
    expect((await keyOf(keys.entra)).domain).toBe(keys.entra.id);
    expect((await keyOf(keys.okta)).domain).toBe('okta');
  });

  test.each(['', ' ', 'two words', 'é', 'x'.repeat(256), null, 7])('cannot be %j', async (domain) => {
    const draft = { name: 'x', scopes: ['read'], domain };
    for (const answer of [await api.request('POST', '/v1/api-keys', { body: draft }), await move(keys.entra, domain)]) {
      expect([answer.status, answer.body.error]).toEqual([400, 'validation_error']);
      expect(Object.keys(answer.body.details)).toEqual(['domain']);
    }
    expect((await keyOf(keys.entra)).domain).toBe(keys.entra.id);
  });

  test.each(['x', 'x'.repeat(255), 'https://login.example.com/v2.0?a=b#c', '"quotes\'$1--', 'urn:x:y'])(
    'may be %j',
    async (domain) => {
      const key = await issueKey(api, { domain });
      const scim = scimAt(api, { key: key.key });
      const id = await scim.user('one', { externalId: '1001' });
      expect(await shown(scim, `/Users/${id}`)).toBe('1001');
      expect((await scim.list('/Users', { filter: 'externalId eq "1001"' })).body.totalResults).toBe(1);
      expect((await okta.list('/Users', { filter: 'externalId eq "1001"' })).body.totalResults).toBe(0);
    },
  );

  test('is told apart by case', async () => {
    const upper = scimAt(api, { key: (await issueKey(api, { domain: 'OKTA' })).key });
    await okta.user('one', { externalId: '1001' });
    expect((await upper.list('/Users', { filter: 'externalId eq "1001"' })).body.totalResults).toBe(0);
  });

  test('can be changed, on every replica, and what was written stays where it was', async () => {
    const key = await issueKey(api);
    const [here, there] = [scimAt(api, { key: key.key }), scimAt(replica, { key: key.key })];
    const path = `/Users/${await here.user('one', { externalId: 'own' })}`;
    await okta.patch(path, replacement('1001'));
    expect(await shown(there, path)).toBe('own');
    const answer = await move(key, 'okta');
    expect([answer.status, answer.body.domain, answer.body.id]).toEqual([200, 'okta', key.id]);
    for (const scim of [here, there]) await expect.poll(() => shown(scim, path), { timeout: 10_000 }).toBe('1001');
    await move(key, key.id);
    for (const scim of [here, there]) await expect.poll(() => shown(scim, path), { timeout: 10_000 }).toBe('own');
  });

  test('survives a rotation', async () => {
    const key = await issueKey(api, { domain: 'rotated' });
    const rotated = await api.request('POST', `/v1/api-keys/${key.id}/rotate`);
    expect([rotated.status, rotated.body.domain]).toEqual([200, 'rotated']);
    expect((await keyOf(key)).domain).toBe('rotated');
  });

  test('has a warning when its last key is revoked or moved, and at no other time', async () => {
    const [one, two, three] = [
      await issueKey(api, { domain: 'left' }),
      await issueKey(api, { domain: 'left' }),
      await issueKey(api, { domain: 'left', expires_at: new Date(Date.now() + 1500).toISOString() }),
    ];
    const first = await revoke(one);
    expect([first.status, warningOf(first)]).toEqual([204, null]);
    // A key that has expired is nobody's any more.
    await api.query('UPDATE api_keys SET expires_at = now() WHERE id = $1', [three.uuid]);
    const moved = await move(two, 'right');
    expect([moved.status, warningOf(moved)]).toEqual([200, expect.stringContaining('"left" has no API key any more')]);
    expect(warningOf(await move(two, 'right'))).toBeNull();
    const last = await revoke(two);
    expect([last.status, warningOf(last)]).toEqual([204, expect.stringContaining('"right" has no API key any more')]);
    expect(warningOf(await revoke(await issueKey(api, { domain: 'okta' })))).toBeNull();
  });

  test('of no key is unknown: 404', async () => {
    const key = await issueKey(api);
    await revoke(key);
    expect((await move(key, 'okta')).status).toBe(404);
  });

  test('PATCH of a key has no preview: 400 and no change', async () => {
    const headers = { prefer: 'return=preview' };
    const answer = await api.request('PATCH', `/v1/api-keys/${keys.entra.id}`, { body: { domain: 'okta' }, headers });
    expect(answer.status).toBe(400);
    expect((await keyOf(keys.entra)).domain).toBe(keys.entra.id);
  });

  test('outlives its keys: a new key of the domain finds what was written', async () => {
    const first = await issueKey(api, { domain: 'again' });
    await scimAt(api, { key: first.key }).user('one', { externalId: '1001' });
    await revoke(first);
    const second = scimAt(api, { key: (await issueKey(api, { domain: 'again' })).key });
    expect((await second.list('/Users', { filter: 'externalId eq "1001"' })).body.totalResults).toBe(1);
  });
});

// shared requests of two identity providers: osiam/osiam#154, hashicorp/web-unified-docs#2920.
test('two identity providers may know different users by one externalId', async () => {
  await okta.user('a@example.com', { externalId: '1001' });
  expect((await entra.list('/Users', { filter: 'externalId eq "1001"' })).body.totalResults).toBe(0);
  await entra.user('b@example.org', { externalId: '1001' });
  for (const [scim, userName] of [
    [okta, 'a@example.com'],
    [entra, 'b@example.org'],
  ] as const) {
    const { body } = await scim.list('/Users', { filter: 'externalId eq "1001"' });
    expect(body).toMatchObject({ totalResults: 1, Resources: [{ userName, externalId: '1001' }] });
  }
});
