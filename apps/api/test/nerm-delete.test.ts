import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Ask, keys, startReplicas, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { alice, create, faces, forgetUsers, kept, patch, read, tongues } from './support/users.ts';

let api: TestApp;
let replica: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ api, replica, stop } = await startReplicas({}, {}));
});
afterAll(() => stop());
beforeEach(() => forgetUsers(api));

const remove = (id: string, { on = api, mount = '', ...ask }: Ask & { on?: TestApp; mount?: string } = {}) =>
  on.request('DELETE', mount + faces.nerm.user(id), ask);

const gone = { error: 'The requested User was not found' };

const nothingElse = ({ headers }: Answer) => ['etag', 'location'].map((name) => headers.get(name));

describe('a deletion', () => {
  test.each(['', '/api'])('at %j says so, and says so once', async (mount) => {
    const id = await create(api, 'nerm', 'alice');
    const answer = await remove(id, { mount });
    expect([answer.status, answer.body]).toEqual([200, { info: 'object deleted' }]);
    expect(nothingElse(answer)).toEqual([null, null]);
    const after = await kept(api);
    for (const on of [api, replica]) {
      const again = await remove(id, { mount, on });
      expectRefusal('nerm', again, 'not_found');
      expect(again.body).toEqual(gone);
    }
    expect(await kept(api)).toEqual(after);
  });

  test.each(tongues)('of a user whom %s created leaves nobody in any dialect', async (tongue) => {
    const id = await create(api, tongue, 'alice');
    const bystander = await create(api, tongue, 'bob');
    expect((await remove(id)).status).toBe(200);
    for (const on of [api, replica]) {
      for (const speaker of tongues) {
        const field = speaker === 'v1' ? 'last_name' : 'title';
        expectRefusal(speaker, await read(on, speaker, id), 'not_found');
        expectRefusal(speaker, await patch(on, speaker, id, { [field]: 'late' }), 'not_found');
        expectRefusal(speaker, await on.request('DELETE', faces[speaker].user(id)), 'not_found');
      }
    }
    const { users, _metadata: metadata } = (await api.request('GET', '/users?metadata=true')).body;
    expect([users.map((user: { id: string }) => user.id), metadata.total]).toEqual([[bystander], 1]);
    expect((await read(api, 'nerm', bystander)).status).toBe(200);
  });

  test.each(tongues)('leaves the login free for %s', async (tongue) => {
    const id = await create(api, 'nerm', 'Zoë');
    await remove(id);
    const next = await create(replica, tongue, 'ZOE\u0308');
    expect(next).not.toBe(id);
    expect((await read(api, tongue, next)).headers.get('etag')).toBe('"1"');
    expectRefusal('nerm', await api.request('POST', '/user', { body: faces.nerm.draft('zoë') }), 'conflict');
  });

  test('is the last of the history, which stays', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    const headers = { 'x-request-id': 'the-deletion' };
    const { headers: answered } = await remove(id, { key: keys.write, headers });
    expect(answered.get('x-request-id')).toBe('the-deletion');
    const { status, body } = await api.request('GET', `${faces.v1.user(id)}/history`);
    expect(status).toBe(200);
    expect(body.data.map(({ version, operation }: Record<string, unknown>) => [version, operation])).toEqual([
      [1, 'createUser'],
      [2, 'deleteUser'],
    ]);
    expect(body.data[1]).toMatchObject({ dialect: 'nerm', request_id: 'the-deletion' });
  });

  test('needs the scope write', async () => {
    const id = await create(api, 'nerm', 'alice');
    expectRefusal('nerm', await remove(id, { key: keys.read }), 'forbidden');
    expectRefusal('nerm', await remove(id, { key: null }), 'unauthorized');
    const foreign = await remove(id, { key: keys.foreign });
    expectRefusal('nerm', foreign, 'not_found');
    expect(foreign.text).toBe((await remove(uuidv7(), { key: keys.foreign })).text);
    expect((await read(api, 'nerm', id)).status).toBe(200);
    expect((await remove(id, { key: keys.write })).status).toBe(200);
  });

  test.each(['x', '%20', '1', 'null'])('of %j finds nobody', async (id) => {
    const answer = await remove(id);
    expectRefusal('nerm', answer, 'not_found');
    expect(answer.body).toEqual(gone);
  });

  test('with the id in another form finds nobody', async () => {
    const id = await create(api, 'nerm', 'alice');
    for (const form of [id.replaceAll('-', ''), `${id}%00`]) {
      expectRefusal('nerm', await remove(form), 'not_found');
    }
    expect((await read(api, 'nerm', id)).status).toBe(200);
  });

  test('happens once, whoever asks for it at the same time', async () => {
    const id = await create(api, 'nerm', 'alice');
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => remove(id, { on: index % 2 ? replica : api })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array<number>(7).fill(404)]);
    expect((await kept(api)).history).toHaveLength(2);
  });
});

describe('If-Match', () => {
  test.each(['"1"', '"3"', 'W/"2"', '""', '"x"'])('%s, which is not the version, refuses it', async (etag) => {
    const id = await create(api, 'nerm', 'alice');
    await patch(api, 'nerm', id, { title: 'Clerk' });
    const before = await kept(api);
    expectRefusal('nerm', await remove(id, { headers: { 'if-match': etag } }), 'precondition_failed');
    expect(await kept(api)).toEqual(before);
  });

  test.each(['"2"', '*', '"1", "2"'])('%s lets it pass', async (etag) => {
    const id = await create(api, 'nerm', 'alice');
    const changed = await patch(api, 'nerm', id, { title: 'Clerk' });
    expect(changed.headers.get('etag')).toBe('"2"');
    expect((await remove(id, { headers: { 'if-match': etag } })).body).toEqual({ info: 'object deleted' });
    expectRefusal('nerm', await remove(id, { headers: { 'if-match': etag } }), 'not_found');
  });
});

test('an Idempotency-Key repeats the answer', async () => {
  const id = await create(api, 'nerm', 'alice');
  const headers = { 'idempotency-key': randomUUID() };
  const first = await remove(id, { headers });
  const again = await remove(id, { headers, on: replica });
  expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([null, 'true']);
  expect([again.status, again.text]).toEqual([first.status, first.text]);
});
