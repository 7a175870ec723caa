import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { create, faces, type Fields, forgetUsers, kept, patch, read, type Tongue, tongues } from './support/users.ts';

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

/** A change of a field that only this dialect of the three writes here, so that parallel ones never undo each other. */
const change: Readonly<Record<Tongue, (value: string) => Fields>> = {
  v1: (value) => ({ first_name: value }),
  scim: (value) => ({ nickName: value }),
  nerm: (value) => ({ title: value }),
};

const versionOf = async (id: string): Promise<unknown> =>
  (await api.query('SELECT version FROM users WHERE id = $1', [id]))[0]?.['version'];

describe('ETag', () => {
  test.each(tongues)('%s: on create, read and PATCH, one more with each accepted change', async (tongue) => {
    const { users, draft, shown } = faces[tongue];
    const created = await api.request('POST', users, { body: draft('alice') });
    expect(created.headers.get('etag')).toBe('"1"');
    const path = created.headers.get('location')?.slice(api.url.length) ?? `/users/${String(shown(created)['id'])}`;
    for (const version of [2, 3, 4]) {
      const body = faces[tongue].patch(change[tongue](`change ${version}`));
      expect((await api.request('PATCH', path, { body })).headers.get('etag')).toBe(`"${version}"`);
      const found = await api.request('GET', path);
      expect(found.headers.get('etag')).toBe(`"${version}"`);
      // RFC 7644 3.14: "the value of the ETag [...] MUST be the same as the meta.version".
      if (tongue === 'scim') expect(found.body.meta.version).toBe(`"${version}"`);
    }
    // RFC 9110 8.8.3: a strong validator.
    expect(created.headers.get('etag')).not.toMatch(/^W\//);
  });

  test('a new password is a new version, and the same one is none', async () => {
    const id = await create(api, 'v1', 'alice');
    const put = (password: string) => api.request('PUT', `${faces.v1.user(id)}/password`, { body: { password } });
    expect((await put('correct horse battery')).headers.get('etag')).toBe('"2"');
    expect((await put('correct horse battery')).headers.get('etag')).toBe('"2"');
    expect(await versionOf(id)).toBe(2);
  });

  test('one record has one version: a change through one dialect moves the ETag of the others', async () => {
    const id = await create(api, 'v1', 'alice');
    let version = 1;
    for (const tongue of tongues) {
      await patch(api, tongue, id, change[tongue]('new'));
      version++;
      for (const reader of tongues) expect((await read(api, reader, id)).headers.get('etag')).toBe(`"${version}"`);
    }
  });

  test('updated_at moves with the version and never back, also where the clock does not move', async () => {
    const id = await create(api, 'v1', 'alice');
    await api.query("UPDATE users SET updated_at = now() + interval '1 hour'");
    const { lastModified } = (await read(api, 'scim', id)).body.meta;
    const { meta } = (await patch(api, 'scim', id, { title: 'later' })).body;
    expect(meta.lastModified > lastModified).toBe(true);
  });
});

type Status = 200 | 400 | 412;

/** An `If-Match` on a user at version 3, and the status of a PATCH by strong comparison; by weak one, where it differs. */
const preconditions: readonly (readonly [ifMatch: string, strong: Status, weak?: Status])[] = [
  ['"3"', 200],
  ['*', 200],
  ['"1", "3"', 200],
  ['"x","3"\t,"y"', 200],
  [' "3" ', 200],
  ['"2"', 412],
  ['"4"', 412],
  ['"1", "2"', 412],
  ['"03"', 412],
  ['"3.0"', 412],
  ['"+3"', 412],
  ['""', 412],
  ['"anything"', 412],
  ['"99999999999999999999"', 412],
  // RFC 9110 8.8.3.2: in a strong comparison a weak tag is equal to none, in a weak one the prefix does not count.
  ['W/"3"', 412, 200],
  ['W/"3", "2"', 412, 200],
  ['W/"2", W/"3"', 412, 200],
  ['W/"2", "3"', 200],
  ['W/"2"', 412],
  ['W/"03"', 412],
  ['W/""', 412],
  ['3', 400],
  ["'3'", 400],
  ['"3', 400],
  ['"3" "4"', 400],
  ['w/"3"', 400],
  ['W/3', 400],
  ['W/ "3"', 400],
  ['W/*', 400],
  ['*, "3"', 400],
  ['"3", *', 400],
  ['"3" and more', 400],
  ['', 400],
];

// RFC 7644 3.14 prints weak tags in If-Match, so SCIM compares weakly; RFC 9110 13.1.1 wants the strong comparison.
const patches = tongues.map((tongue) => ({ tongue, comparison: tongue === 'scim' ? 'weak' : 'strong' }));

describe.each(patches)('If-Match on PATCH of $tongue, $comparison comparison', ({ tongue, comparison }) => {
  const rows = preconditions.map(
    ([ifMatch, strong, weak = strong]) => [ifMatch, comparison === 'weak' ? weak : strong] as const,
  );

  test.each(rows)('%j on version 3: %i', async (ifMatch, status) => {
    const id = await create(api, 'scim', 'alice');
    for (const title of ['two', 'three']) await patch(api, 'scim', id, { title });
    const before = await kept(api);
    const answer = await patch(api, tongue, id, change[tongue]('new'), { headers: { 'if-match': ifMatch } });
    expect(answer.status).toBe(status);
    if (status === 200) {
      expect(answer.headers.get('etag')).toBe('"4"');
      return;
    }
    expect(await kept(api)).toEqual(before);
    const code = status === 412 ? 'precondition_failed' : 'bad_request';
    if (tongue === 'v1') expect(answer.body.error).toBe(code);
    if (tongue === 'scim') expect(answer.body.status).toBe(String(status));
    if (tongue === 'nerm') expect(Object.keys(answer.body)).toEqual(['error']);
  });

  test('a change of nothing needs the right version too', async () => {
    const id = await create(api, 'scim', 'alice', { title: 'one', nickName: 'one', name: { givenName: 'one' } });
    const send = (ifMatch: string) =>
      patch(api, tongue, id, change[tongue]('one'), { headers: { 'if-match': ifMatch } });
    expect((await send('"1"')).status).toBe(200);
    expect((await send('"2"')).status).toBe(412);
    expect(await versionOf(id)).toBe(1);
  });

  // RFC 9110 13.2.1: preconditions are ignored where the answer without them would be no success.
  test.each(['"1"', '*'])('an unknown user is not found, whatever %s says', async (ifMatch) => {
    const answer = await patch(api, tongue, uuidv7(), change[tongue]('new'), { headers: { 'if-match': ifMatch } });
    expect(answer.status).toBe(404);
  });
});

test('a read does not heed If-Match, whatever it says', async () => {
  const id = await create(api, 'scim', 'alice');
  for (const tongue of tongues) {
    for (const ifMatch of ['"2"', 'W/"1"', 'none']) {
      expect((await read(api, tongue, id, { headers: { 'if-match': ifMatch } })).status).toBe(200);
    }
  }
});

test('If-Match guards setPassword too', async () => {
  const id = await create(api, 'v1', 'alice');
  const put = (ifMatch: string) =>
    api.request('PUT', `${faces.v1.user(id)}/password`, {
      body: { password: 'correct horse battery' },
      headers: { 'if-match': ifMatch },
    });
  expect((await put('"2"')).status).toBe(412);
  expect(await versionOf(id)).toBe(1);
  expect((await put('"1"')).status).toBe(204);
});

describe('many writes at once', () => {
  const parallel = 20;

  test.each([1, 2, 3])('20 PATCHes from three dialects are all acknowledged, counted and kept (round %i)', async () => {
    const id = await create(api, 'scim', 'alice');
    const writes = Array.from({ length: parallel }, (_, index) => {
      const tongue = tongues[index % tongues.length]!;
      return { requestId: `write-${index}`, tongue, fields: change[tongue](`value ${index}`) };
    });
    const answers = await Promise.all(
      writes.map(({ tongue, fields, requestId }) =>
        patch(api, tongue, id, fields, { headers: { 'x-request-id': requestId } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(writes.map(() => 200));
    expect(await versionOf(id)).toBe(1 + parallel);
    const versions = Array.from({ length: parallel }, (_, index) => index + 2);
    const etags = answers.map(({ headers }) => Number(headers.get('etag')!.slice(1, -1)));
    expect(etags.toSorted((left, right) => left - right)).toEqual(versions);

    const rows = await api.query(
      'SELECT version, request_id, changes FROM user_history WHERE user_id = $1 AND version > 1 ORDER BY version',
      [id],
    );
    expect(rows.map(({ version }) => version)).toEqual(versions);
    expect(rows.map((row) => row['request_id'])).toEqual(
      versions.map((version) => writes[etags.indexOf(version)]!.requestId),
    );
    // Each old value is the new one of the change before, and the last one is what the user has.
    const values: Record<string, unknown> = {};
    for (const { changes } of rows as { changes: Record<string, { old?: unknown; new: unknown }> }[]) {
      for (const [attribute, { old, new: value }] of Object.entries(changes)) {
        expect(old).toBe(values[attribute]);
        values[attribute] = value;
      }
    }
    const { body } = await read(api, 'scim', id);
    expect(values).toEqual({ 'name.givenName': body.name.givenName, nickName: body.nickName, title: body.title });
  });

  test('changes of nothing between them are acknowledged and not counted', async () => {
    const id = await create(api, 'scim', 'alice', { title: 'same' });
    const answers = await Promise.all(
      Array.from({ length: parallel }, (_, index) =>
        index % 2 === 0
          ? patch(api, 'nerm', id, { title: 'same' })
          : patch(api, 'scim', id, { nickName: `value ${index}` }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await versionOf(id)).toBe(1 + parallel / 2);
    expect((await kept(api)).history).toHaveLength(1 + parallel / 2);
  });

  test('of those that name the same version in If-Match, one wins', async () => {
    const id = await create(api, 'scim', 'alice');
    const answers = await Promise.all(
      Array.from({ length: parallel }, (_, index) => {
        const tongue = tongues[index % tongues.length]!;
        return patch(api, tongue, id, change[tongue](`value ${index}`), { headers: { 'if-match': '"1"' } });
      }),
    );
    const statuses = answers.map(({ status }) => status).toSorted((left, right) => left - right);
    expect(statuses).toEqual([200, ...Array.from({ length: parallel - 1 }, () => 412)]);
    expect(await versionOf(id)).toBe(2);
  });

  test('of those that want the same name in three forms, one gets it', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, (_, index) => create(api, 'scim', `user-${index}`)));
    const names = ['bob', 'BOB', 'ｂｏｂ'];
    const renames: Readonly<Record<Tongue, string>> = { v1: 'username', scim: 'userName', nerm: 'login' };
    const answers = await Promise.all(
      ids.map((id, index) => {
        const tongue = tongues[index % tongues.length]!;
        return patch(api, tongue, id, { [renames[tongue]]: names[index % names.length] });
      }),
    );
    const statuses = answers.map(({ status }) => status).toSorted((left, right) => left - right);
    expect(statuses).toEqual([200, 409, 409, 409, 409, 409]);
    expect((await kept(api)).history).toHaveLength(ids.length + 1);
  });

  test('of those that create the same name, one does', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => {
        const { users, draft } = faces[tongues[index % tongues.length]!];
        return api.request('POST', users, { body: draft('alice') });
      }),
    );
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
    expect((await kept(api)).users).toHaveLength(1);
  });
});
