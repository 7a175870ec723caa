import { randomUUID } from 'node:crypto';
import { decodeUserId } from '@stele/schemas/v1';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Ask, keys, startReplicas, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { holdUsers } from './support/row-lock.ts';
import {
  alice,
  create,
  faces,
  type Fields,
  forgetUsers,
  kept,
  patch,
  read,
  type Tongue,
  tongues,
} from './support/users.ts';

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

const fields: Readonly<Record<Tongue, (value: string) => Fields>> = {
  v1: (value) => ({ last_name: value }),
  scim: (value) => ({ title: value }),
  nerm: (value) => ({ title: value }),
};

describe.each([{ groupCommit: 'true' }, { groupCommit: 'false' }])('group commit $groupCommit', ({ groupCommit }) => {
  let api: TestApp;
  let replica: TestApp;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const environment = { STELE_GROUP_COMMIT: groupCommit };
    ({ api, replica, stop } = await startReplicas(environment, environment));
  });
  afterAll(() => stop());
  beforeEach(() => forgetUsers(api));

  const remove = (id: string, { on = api, ...ask }: Ask & { on?: TestApp } = {}): Promise<Answer> =>
    on.request('DELETE', faces.v1.user(id), ask);

  const historyOf = (id: string) =>
    api.query('SELECT * FROM user_history WHERE user_id = $1 ORDER BY version', [id]) as Promise<
      { version: number; operation: string; dialect: string; changes: Record<string, object> }[]
    >;

  describe('a deletion', () => {
    test('is answered with 204 alone', async () => {
      const answer = await remove(await create(api, 'scim', 'alice', alice));
      expect([answer.status, answer.text]).toEqual([204, '']);
      for (const name of ['content-type', 'etag', 'location']) expect(answer.headers.get(name)).toBeNull();
    });

    test.each(tongues)('of a user whom %s created leaves nobody, in any dialect and at any replica', async (tongue) => {
      const id = await create(api, tongue, 'alice');
      const bystander = await create(api, tongue, 'bob');
      expect((await remove(id)).status).toBe(204);
      const after = await kept(api);
      for (const on of [api, replica]) {
        for (const speaker of tongues) {
          expectRefusal(speaker, await read(on, speaker, id), 'not_found');
          expectRefusal(speaker, await patch(on, speaker, id, fields[speaker]('late')), 'not_found');
          const conditional = { headers: { 'if-match': '*' } };
          expectRefusal(speaker, await patch(on, speaker, id, fields[speaker]('late'), conditional), 'not_found');
        }
        expectRefusal('v1', await remove(id, { on }), 'not_found');
        const password = { body: { password: 'correct horse battery' } };
        expectRefusal('v1', await on.request('PUT', `${faces.v1.user(id)}/password`, password), 'not_found');
        const token = { body: { token: 'none' } };
        expectRefusal('v1', await on.request('POST', `${faces.v1.user(id)}/email-verification`, token), 'not_found');
      }
      expect(await kept(api)).toEqual(after);
      expect((await read(api, tongue, bystander)).status).toBe(200);
    });

    test('leaves the username free at once, as often as it is taken', async () => {
      const spellings = ['zoë', 'ZOË', 'Zoe\u0308', 'ｚｏë'];
      const ids: string[] = [];
      for (const [index, spelling] of spellings.entries()) {
        ids.push(await create(index % 2 ? api : replica, 'scim', spelling));
        const rival = { body: faces.scim.draft('ZOE\u0308') };
        expectRefusal('scim', await api.request('POST', '/scim/v2/Users', rival), 'conflict');
        expect((await remove(ids.at(-1)!)).status).toBe(204);
      }
      expect(new Set(ids).size).toBe(spellings.length);
      // Also for somebody who was there before.
      const id = await create(api, 'scim', 'other');
      expect((await patch(api, 'scim', id, { userName: 'Zoë' })).status).toBe(200);
    });

    test.each(tongues)('leaves the name free for %s', async (tongue) => {
      await remove(await create(api, 'v1', 'alice'));
      const id = await create(api, tongue, 'ALICE');
      expect((await read(api, tongue, id)).headers.get('etag')).toBe('"1"');
    });

    test('removes the hash of the password', async () => {
      const id = await create(api, 'v1', 'alice');
      const hash = async () =>
        (await api.query('SELECT password_hash FROM users WHERE id = $1', [id]))[0]!['password_hash'];
      expect(await hash()).toMatch(/^\$argon2id\$/);
      await remove(id);
      expect(await hash()).toBeNull();
      const everything = await api.query('SELECT u::text, h::text FROM users u, user_history h');
      expect(JSON.stringify(everything)).not.toContain('argon2');
    });

    test('removes what confirms an address', async () => {
      const id = await create(api, 'v1', 'alice');
      await api.query(
        "UPDATE users SET pending_email = 'new@example.com', pending_email_token = '\\x00', pending_email_expires_at = now()",
      );
      await remove(id);
      const columns = 'pending_email_token AS token, pending_email_expires_at AS "expiresAt"';
      expect(await api.query(`SELECT ${columns} FROM users`)).toEqual([{ token: null, expiresAt: null }]);
    });

    test('is the last of the history, and says what was there', async () => {
      const id = await create(api, 'scim', 'alice', alice);
      await patch(api, 'nerm', id, { title: 'Cartographer' });
      const before = await api.request('GET', `${faces.v1.user(id)}/history`);
      const answer = await remove(id, { key: keys.write, headers: { 'x-request-id': 'the-deletion' } });
      expect(answer.headers.get('x-request-id')).toBe('the-deletion');
      const after = await api.request('GET', `${faces.v1.user(id)}/history`);
      expect(after.status).toBe(200);
      expect(after.body.data.slice(0, 2)).toEqual(before.body.data);
      const [, , deletion, ...more] = after.body.data;
      expect(more).toEqual([]);
      expect(deletion).toMatchObject({
        version: 3,
        dialect: 'v1',
        operation: 'deleteUser',
        request_id: 'the-deletion',
      });
      // What each attribute had become by then.
      const became = Object.assign(
        {},
        ...before.body.data.map(({ changes }: { changes: object }) => changes),
      ) as Record<string, { new: unknown }>;
      expect(deletion.changes).toEqual(
        Object.fromEntries(Object.entries(became).map(([field, change]) => [field, { old: change.new }])),
      );
      expect(deletion.changes).toMatchObject({ username: { old: 'alice' }, title: { old: 'Cartographer' } });
    });

    test('takes no body, and leaves the connection of use', async () => {
      const [first, second] = [await create(api, 'scim', 'alice'), await create(api, 'scim', 'bob')];
      for (const [id, body] of [
        [first, '{"why":"left the company"}'],
        [second, '{'],
      ] as const) {
        expect((await remove(id, { body })).status).toBe(204);
        expectRefusal('v1', await read(api, 'v1', id), 'not_found');
      }
    });

    test('that is refused deletes nobody', async () => {
      const id = await create(api, 'scim', 'alice', alice);
      const before = await kept(api);
      expectRefusal('v1', await remove(id, { key: keys.read }), 'forbidden');
      expectRefusal('v1', await remove(id, { key: keys.foreign }), 'not_found');
      expectRefusal('v1', await remove(id, { key: null }), 'unauthorized');
      expectRefusal('v1', await remove(id, { headers: { 'if-match': '"2"' } }), 'precondition_failed');
      expectRefusal('v1', await remove(id, { headers: { 'if-match': 'W/"1"' } }), 'precondition_failed');
      expectRefusal('v1', await remove(id, { headers: { 'if-match': '1' } }), 'bad_request');
      expectRefusal('v1', await remove(id, { headers: { 'idempotency-key': 'a b' } }), 'bad_request');
      expect(await kept(api)).toEqual(before);
    });

    test.each(['"2"', '*', '"7", "2"'])('with If-Match: %s of the version that is there', async (ifMatch) => {
      const id = await create(api, 'scim', 'alice');
      await patch(api, 'nerm', id, { title: 'two' });
      expect((await remove(id, { headers: { 'if-match': ifMatch } })).status).toBe(204);
      expectRefusal('v1', await remove(id, { headers: { 'if-match': ifMatch } }), 'not_found');
    });

    test('with a key is answered again, also when the name is of another user by now', async () => {
      const id = await create(api, 'scim', 'alice');
      const headers = { 'idempotency-key': randomUUID() };
      expect((await remove(id, { headers })).headers.get('idempotent-replayed')).toBeNull();
      const successor = await create(api, 'scim', 'alice');
      const before = await kept(api);
      for (const on of [api, replica]) {
        const again = await remove(id, { on, headers });
        expect([again.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([204, '', 'true']);
      }
      expectRefusal('v1', await remove(id), 'not_found');
      expectRefusal('v1', await remove(successor, { headers }), 'idempotency_key_reused');
      expect(await kept(api)).toEqual(before);
      expect((await read(api, 'v1', successor)).status).toBe(200);
    });
  });

  describe('races', () => {
    test('of many deletions at once one is done', async () => {
      const id = await create(api, 'v1', 'alice');
      const answers = await Promise.all(indexes(20).map((index) => remove(id, { on: index % 2 ? api : replica })));
      const refused = answers.filter(({ status }) => status !== 204);
      expect(refused).toHaveLength(19);
      for (const answer of refused) expectRefusal('v1', answer, 'not_found');
      expect((await historyOf(id)).map(({ version, operation }) => [version, operation])).toEqual([
        [1, 'createUser'],
        [2, 'deleteUser'],
      ]);
    });

    test.each(indexes(6))('among changes by every dialect: one contiguous history that it ends (%i)', async (round) => {
      const id = await create(api, 'scim', 'alice');
      const changing = indexes(18).map(async (index) => {
        const tongue = tongues[index % 3]!;
        const answer = await patch(index % 2 ? api : replica, tongue, id, fields[tongue](`value ${index}`));
        if (answer.status !== 200) expectRefusal(tongue, answer, 'not_found');
        return answer.status;
      });
      const password = api
        .request('PUT', `${faces.v1.user(id)}/password`, { body: { password: 'correct horse' } })
        .then(({ status }) => status);
      // Somewhere among the others.
      await Promise.race(changing.slice(0, 1 + round * 3));
      const deletion = await remove(id, { on: round % 2 ? api : replica });
      expect(deletion.status).toBe(204);
      const statuses = await Promise.all([...changing, password]);
      const done = statuses.filter((status) => status < 300).length;

      const history = await historyOf(id);
      expect(history.map(({ version }) => version)).toEqual(indexes(done + 2).map((index) => index + 1));
      expect(history.findIndex(({ operation }) => operation === 'deleteUser')).toBe(done + 1);
      // Each starts from what the one before it left.
      const values: Record<string, unknown> = {};
      for (const { changes, operation } of history) {
        for (const [attribute, change] of Object.entries(changes)) {
          if (attribute === 'password') continue;
          const { old, new: value } = change as { old?: unknown; new?: unknown };
          if (history[0]!.changes !== changes) expect(old).toEqual(values[attribute]);
          values[attribute] = value;
        }
        if (operation === 'deleteUser') expect(Object.values(values).every((value) => value === undefined)).toBe(true);
      }
      expect(await api.query('SELECT version, deleted_at IS NULL AS there, password_hash FROM users')).toEqual([
        { version: done + 2, there: false, password_hash: null },
      ]);
    });

    test.each(tongues)('a change by %s that began before it does not undo it', async (tongue) => {
      const id = await create(api, 'scim', 'alice');
      const hold = await holdUsers(api, [id]);
      const deletion = remove(id);
      await hold.waiting(1);
      // The first of them has read the user, who is still there.
      const changes = [
        patch(replica, tongue, id, fields[tongue]('late')),
        patch(replica, 'v1', id, { username: 'al' }),
      ];
      await hold.waiting(2);
      await hold.release();
      expect((await deletion).status).toBe(204);
      const [own, rename] = await Promise.all(changes);
      expectRefusal(tongue, own!, 'not_found');
      expectRefusal('v1', rename!, 'not_found');
      expect((await historyOf(id)).map(({ operation }) => operation)).toEqual(['createUser', 'deleteUser']);
      expect(await api.query('SELECT user_name, title, deleted_at IS NULL AS there FROM users')).toEqual([
        { user_name: 'alice', title: null, there: false },
      ]);
    });

    test('with If-Match it does not delete what another has changed meanwhile', async () => {
      const id = await create(api, 'scim', 'alice');
      const hold = await holdUsers(api, [id]);
      const change = patch(replica, 'scim', id, { title: 'newer' });
      await hold.waiting(1);
      const deletion = remove(id, { headers: { 'if-match': '"1"' } });
      await hold.waiting(2);
      await hold.release();
      expect((await change).status).toBe(200);
      expectRefusal('v1', await deletion, 'precondition_failed');
      expect((await read(api, 'scim', id)).body.title).toBe('newer');
    });

    test('without it deletes the newer version, and says what was there then', async () => {
      const id = await create(api, 'scim', 'alice');
      const hold = await holdUsers(api, [id]);
      const change = patch(replica, 'scim', id, { title: 'newer' });
      await hold.waiting(1);
      const deletion = remove(id);
      await hold.waiting(2);
      await hold.release();
      expect([(await change).status, (await deletion).status]).toEqual([200, 204]);
      const [, , last] = await historyOf(id);
      expect(last).toMatchObject({ version: 3, operation: 'deleteUser', changes: { title: { old: 'newer' } } });
    });

    test('of deletions and creates of one name each create finds it free or taken, and one user is left at most', async () => {
      let id = await create(api, 'scim', 'alice');
      for (const _ of indexes(5)) {
        const [deletion, ...creates] = await Promise.all([
          remove(id),
          ...indexes(6).map((index) =>
            (index % 2 ? api : replica).request('POST', '/scim/v2/Users', { body: faces.scim.draft('ALICE') }),
          ),
        ]);
        expect(deletion.status).toBe(204);
        const done = creates.filter(({ status }) => status === 201);
        for (const answer of creates) if (answer.status !== 201) expectRefusal('scim', answer, 'conflict');
        const there = await api.query('SELECT id FROM users WHERE deleted_at IS NULL');
        expect(there.map((row) => row['id'])).toEqual(done.map(({ body }) => body.id));
        expect(done.length).toBeLessThanOrEqual(1);
        id = done[0]?.body.id ?? (await create(api, 'scim', 'alice'));
      }
    });
  });

  test('many deletions at once are each done, whichever replica they come to', async () => {
    const answers = await Promise.all(
      indexes(50).map((index) => api.request('POST', '/scim/v2/Users', { body: faces.scim.draft(`user-${index}`) })),
    );
    const ids = answers.map(({ body }) => String(body.id));
    const statuses = await Promise.all(ids.map((id, index) => remove(id, { on: index % 2 ? api : replica })));
    expect(statuses.map(({ status }) => status)).toEqual(ids.map(() => 204));
    const rows = await api.query("SELECT user_id FROM user_history WHERE operation = 'deleteUser' AND version = 2");
    expect(rows.map((row) => row['user_id']).toSorted()).toEqual(ids.toSorted());
    const { body } = await api.request('GET', '/v1/users?cursor=');
    expect([body.data, body.meta.total]).toEqual([[], 0]);
  });

  test('an identifier that v1 gave out names the user whom the other dialects name', async () => {
    const { body } = await api.request('POST', '/v1/users', { body: faces.v1.draft('alice') });
    await api.request('DELETE', `/v1/users/${body.id}`);
    expectRefusal('scim', await read(api, 'scim', decodeUserId(body.id)), 'not_found');
  });
});
