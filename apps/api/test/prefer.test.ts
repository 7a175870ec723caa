import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { keys, startApp, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import {
  alice,
  create,
  faces,
  type Fields,
  forgetUsers,
  kept,
  operate,
  patch,
  tongues,
  urns,
} from './support/users.ts';

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

const preview = { prefer: 'return=preview' };
const minimal = { prefer: 'return=minimal' };

/** Fields to change of the full alice, and what each dialect says of that. */
const previews = {
  v1: [
    [{ first_name: 'Al' }, { first_name: { old: 'Alice', new: 'Al' } }],
    [{ last_name: null }, { last_name: { old: 'Liddell' } }],
    [{ username: 'al' }, { username: { old: 'alice', new: 'al' } }],
    [{ email: 'al@example.com' }, { email: { old: 'alice@example.com', new: 'al@example.com' } }],
    [{ role: 'owner', first_name: 'Alice' }, { role: { old: 'editor', new: 'owner' } }],
  ],
  scim: [
    [{ title: null }, { title: { old: 'Surveyor' } }],
    [
      { userName: 'al', nickName: 'Al' },
      { userName: { old: 'alice', new: 'al' }, nickName: { old: 'Ally ✿', new: 'Al' } },
    ],
    [{ active: false }, { active: { old: true, new: false } }],
    [
      { name: { givenName: 'Al', honorificSuffix: null } },
      { 'name.givenName': { old: 'Alice', new: 'Al' }, 'name.honorificSuffix': { old: 'III' } },
    ],
    [{ ims: [] }, { ims: { old: alice.ims } }],
    [{ ims: [{ value: 'al', type: 'xmpp' }] }, { ims: { old: alice.ims, new: [{ value: 'al', type: 'xmpp' }] } }],
    [
      { [urns.enterprise]: { department: 'Sales' } },
      { [`${urns.enterprise}:department`]: { old: 'Mapping', new: 'Sales' } },
    ],
    [
      { [`${urns.enterprise}:manager`]: { value: '7' } },
      { [`${urns.enterprise}:manager.value`]: { old: alice[urns.enterprise].manager.value, new: '7' } },
    ],
    [
      { [`${urns.lifecycle}:profileId`]: 'q', [`${urns.lifecycle}:groupStrings`]: null },
      {
        [`${urns.lifecycle}:profileId`]: { old: alice[urns.lifecycle].profileId, new: 'q' },
        [`${urns.lifecycle}:groupStrings`]: { old: alice[urns.lifecycle].groupStrings },
      },
    ],
  ],
  nerm: [
    [{ title: null }, { title: { old: 'Surveyor' } }],
    [{ name: 'Al' }, { name: { old: 'Alice L.', new: 'Al' } }],
    [
      { login: 'al', email: 'al@example.com' },
      { login: { old: 'alice', new: 'al' }, email: { old: 'alice@example.com', new: 'al@example.com' } },
    ],
    [
      { status: 'Pending', type: 'NeprofileUser' },
      { status: { old: 'Active', new: 'Pending' }, type: { old: 'NeaccessUser', new: 'NeprofileUser' } },
    ],
    [{ group_strings: 'one' }, { group_strings: { old: 'Administrator_group,Developer group', new: 'one' } }],
    // What NERM only writes is in no answer of its, and in its previews all the same.
    [{ admin: true }, { admin: { old: false, new: true } }],
    [
      { profile_id: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e' },
      { profile_id: { old: alice[urns.lifecycle].profileId, new: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e' } },
    ],
    [{ profile_id: null }, { profile_id: { old: alice[urns.lifecycle].profileId } }],
    [{ locale: 'en' }, { locale: { old: 'nb-NO', new: 'en' } }],
  ],
} satisfies Record<(typeof tongues)[number], [Fields, object][]>;

describe('return=preview', () => {
  describe.each(tongues)('%s', (tongue) => {
    test.each(previews[tongue] as [Fields, object][])(
      'of %j says what would change, and writes nothing',
      async (fields, changes) => {
        const id = await create(api, 'scim', 'alice', alice);
        await patch(api, 'nerm', id, { sailpoint_identity_id: 'at version 2' });
        const before = await kept(api);
        const answer = await patch(api, tongue, id, fields, { headers: preview });
        expect(answer.status).toBe(200);
        expect(answer.body).toEqual({ changes });
        expect(answer.headers.get('preference-applied')).toBe('return=preview');
        expect(answer.headers.get('etag')).toBe('"2"');
        expect(await kept(api)).toEqual(before);
      },
    );

    test.each(previews[tongue] as [Fields, object][])(
      'of %j says what then really changes',
      async (fields, changes) => {
        const id = await create(api, 'scim', 'alice', alice);
        expect((await patch(api, tongue, id, fields)).status).toBe(200);
        // Once done, there is nothing left to do.
        const again = await patch(api, tongue, id, fields, { headers: preview });
        expect(again.body).toEqual({ changes: {} });
        const shown = faces[tongue].shown(await api.request('GET', faces[tongue].user(id)));
        for (const [name, change] of Object.entries(changes) as [string, { new?: unknown }][]) {
          const value = name in shown ? shown[name] : valueAt(shown, name);
          // Some can only be written.
          if (value !== undefined && value !== null) expect(value).toEqual(change.new);
        }
      },
    );

    test('of nothing says nothing', async () => {
      const id = await create(api, 'scim', 'alice', alice);
      const before = await kept(api);
      const same = { v1: { first_name: 'Alice' }, scim: { title: 'Surveyor' }, nerm: { title: 'Surveyor' } }[tongue];
      for (const fields of [same, {}]) {
        const answer = await patch(api, tongue, id, fields, { headers: preview });
        expect([answer.status, answer.body]).toEqual([200, { changes: {} }]);
        expect(answer.headers.get('preference-applied')).toBe('return=preview');
        expect(answer.headers.get('etag')).toBe('"1"');
      }
      expect(await kept(api)).toEqual(before);
    });

    test('is refused as the change would be', async () => {
      const id = await create(api, 'scim', 'alice');
      const before = await kept(api);
      const name = { v1: 'username', scim: 'userName', nerm: 'login' }[tongue];
      const send = (user: string, value: unknown, headers = {}, key: string | null = keys.admin) =>
        patch(api, tongue, user, { [name]: value }, { key, headers: { ...preview, ...headers } });
      expectRefusal(tongue, await send(id, 42), 'validation_error');
      expectRefusal(tongue, await send(id, 'al', { 'if-match': '1' }), 'bad_request');
      expectRefusal(tongue, await send(uuidv7(), 'al'), 'not_found');
      expectRefusal(tongue, await send(id, 'al', {}, keys.foreign), 'not_found');
      expectRefusal(tongue, await send(id, 'al', { 'if-match': '"2"' }), 'precondition_failed');
      // A preview of nothing needs the right version too.
      expectRefusal(tongue, await send(id, 'alice', { 'if-match': '"2"' }), 'precondition_failed');
      expectRefusal(tongue, await send(id, 'al', {}, keys.read), 'forbidden');
      expectRefusal(tongue, await send(id, 'al', {}, null), 'unauthorized');
      expect(await kept(api)).toEqual(before);
    });

    test('with the right If-Match is a preview', async () => {
      const id = await create(api, 'scim', 'alice');
      const answer = await patch(api, tongue, id, {}, { headers: { ...preview, 'if-match': '"1"' } });
      expect([answer.status, answer.body]).toEqual([200, { changes: {} }]);
    });
  });

  const secret = 'Tarn-Lake-77?';

  test('of a password says that it would change, and neither value', async () => {
    const id = await create(api, 'scim', 'alice', { password: 'another one of old' });
    const before = await kept(api);
    const body = faces.scim.patch({ password: secret, title: 'new' });
    const answer = await api.request('PATCH', faces.scim.user(id), { body, headers: preview });
    expect(answer.body).toEqual({ changes: { password: {}, title: { new: 'new' } } });
    expect(await kept(api)).toEqual(before);
  });

  test('of the password that is set already says nothing', async () => {
    const id = await create(api, 'scim', 'alice', { password: secret });
    const body = faces.scim.patch({ password: secret });
    const answer = await api.request('PATCH', faces.scim.user(id), { body, headers: preview });
    expect(answer.body).toEqual({ changes: {} });
  });

  test('of the first attribute of an extension, or the last, names that attribute alone', async () => {
    const id = await create(api, 'scim', 'alice');
    const name = `${urns.enterprise}:department`;
    const headers = { headers: preview };
    const first = await patch(api, 'scim', id, { [name]: 'Sales' }, headers);
    expect(first.body).toEqual({ changes: { [name]: { new: 'Sales' } } });
    await patch(api, 'scim', id, { [name]: 'Sales' });
    const last = await patch(api, 'scim', id, { [name]: null }, headers);
    expect(last.body).toEqual({ changes: { [name]: { old: 'Sales' } } });
  });

  test('of SCIM operations is of all of them together', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    const operations = [
      { op: 'replace', path: 'title', value: 'one' },
      { op: 'replace', path: 'title', value: 'two' },
      { op: 'remove', path: 'emails[type eq "home"]' },
      { op: 'add', path: 'nickName', value: alice.nickName },
    ];
    const body = { schemas: [urns.patchOp], Operations: operations };
    const { body: said } = await api.request('PATCH', faces.scim.user(id), { body, headers: preview });
    expect(said).toEqual({
      changes: {
        title: { old: 'Surveyor', new: 'two' },
        emails: { old: alice.emails, new: alice.emails.slice(1) },
      },
    });
    expect((await operate(api, id, ...operations)).body).toMatchObject({ title: 'two', emails: alice.emails.slice(1) });
  });

  test('is for PATCH alone: creates and setPassword are done', async () => {
    for (const tongue of tongues) {
      const body = faces[tongue].draft(`by-${tongue}`);
      const answer = await api.request('POST', faces[tongue].users, { body, headers: preview });
      expect(answer.status).toBeLessThan(300);
      expect(answer.headers.get('preference-applied')).toBeNull();
    }
    expect((await kept(api)).users).toHaveLength(tongues.length);
    const id = await create(api, 'scim', 'alice');
    const body = { password: secret };
    const answer = await api.request('PUT', `${faces.v1.user(id)}/password`, { body, headers: preview });
    expect([answer.status, answer.headers.get('etag')]).toEqual([204, '"2"']);
  });
});

describe('return=minimal', () => {
  test.each(['v1', 'scim'] as const)('%s: a change is answered without a body', async (tongue) => {
    const id = await create(api, 'scim', 'alice');
    const fields = { v1: { first_name: 'Al' }, scim: { title: 'new' } }[tongue];
    // The second time it changes nothing.
    for (const version of [2, 2]) {
      const answer = await patch(api, tongue, id, fields, { headers: minimal });
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(answer.headers.get('preference-applied')).toBe('return=minimal');
      expect(answer.headers.get('etag')).toBe(`"${version}"`);
      expect(answer.headers.get('content-type')).toBeNull();
    }
    expect((await kept(api)).history).toHaveLength(2);
  });

  // NERM documents 200 and the user.
  test('nerm: the user is shown all the same', async () => {
    const id = await create(api, 'scim', 'alice');
    const answer = await patch(api, 'nerm', id, { title: 'new' }, { headers: minimal });
    expect([answer.status, answer.body.user.title]).toEqual([200, 'new']);
    expect(answer.headers.get('preference-applied')).toBeNull();
    expect(answer.headers.get('etag')).toBe('"2"');
  });

  test.each(tongues)('%s: a refusal has its body', async (tongue) => {
    const id = await create(api, 'scim', 'alice');
    const name = { v1: 'username', scim: 'userName', nerm: 'login' }[tongue];
    await create(api, 'scim', 'bob');
    expectRefusal(tongue, await patch(api, tongue, id, { [name]: 'BOB' }, { headers: minimal }), 'conflict');
    expectRefusal(tongue, await patch(api, tongue, id, { [name]: 42 }, { headers: minimal }), 'validation_error');
  });

  test('of SCIM with attributes says nothing either', async () => {
    const id = await create(api, 'scim', 'alice');
    const ask = { body: faces.scim.patch({ title: 'new' }), headers: minimal };
    const answer = await api.request('PATCH', `${faces.scim.user(id)}?attributes=title`, ask);
    expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([204, '', '"2"']);
  });
});

describe.each(tongues)('other preferences: %s', (tongue) => {
  // RFC 7240 2: "A server that does not recognize [...] a preference MUST ignore it".
  test.each(['respond-async, wait=10', 'handling=strict', 'return=else', '', ',,;=', 'ünknown'])(
    '%j is passed over',
    async (prefer) => {
      const id = await create(api, 'scim', 'alice');
      const fields = { v1: { first_name: 'Al' }, scim: { title: 'Al' }, nerm: { title: 'Al' } }[tongue];
      const answer = await patch(api, tongue, id, fields, { headers: { prefer } });
      expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"2"']);
      expect(answer.headers.get('preference-applied')).toBeNull();
      expect(faces[tongue].shown(answer)).toMatchObject(fields);
    },
  );

  test('among several fields the first return is heeded', async () => {
    const id = await create(api, 'scim', 'alice');
    const fields = { v1: { first_name: 'Al' }, scim: { title: 'Al' }, nerm: { title: 'Al' } }[tongue];
    const response = await fetch(api.url + faces[tongue].user(id), {
      method: 'PATCH',
      headers: [
        ['authorization', `Bearer ${keys.admin}`],
        ['content-type', 'application/json'],
        ['prefer', 'respond-async; foo="bar"'],
        ['prefer', 'return=preview'],
        ['prefer', 'return=minimal'],
      ],
      body: JSON.stringify(faces[tongue].patch(fields)),
    });
    expect([response.status, response.headers.get('preference-applied')]).toEqual([200, 'return=preview']);
    expect(await response.json()).toHaveProperty('changes');
    expect((await kept(api)).history).toHaveLength(1);
  });
});

/** The value of a SCIM name with parts: `name.givenName`, `urn:...:User:manager.value`. */
function valueAt(resource: unknown, name: string): unknown {
  const [, urn, rest] = /^(urn:.*):([^:]+)$/.exec(name) ?? [];
  let value: unknown = urn === undefined ? resource : (resource as Fields)[urn];
  for (const part of (rest ?? name).split('.')) value = (value as Fields | undefined)?.[part];
  return value;
}
