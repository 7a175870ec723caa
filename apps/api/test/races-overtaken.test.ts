import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { expectRefusal } from './support/refusals.ts';
import { scimAt } from './support/scim.ts';
import { create, faces, type Fields, forgetUsers, patch, read, type Tongue, tongues } from './support/users.ts';

/** How often a write starts again before it locks the row (`directory/directory.ts`). */
const MAX_TRIES = 4;

/**
 * Another writer that is always faster: each UPDATE finds that the version moved just before it, unless its transaction
 * has locked the row already. A statement that locked nothing has no transaction id when it begins.
 */
const overtaking = `
  CREATE TABLE overtaken (id uuid);
  CREATE FUNCTION note_lock() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF pg_trigger_depth() = 1 THEN
      PERFORM set_config('test.locked', (pg_current_xact_id_if_assigned() IS NOT NULL)::text, true);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_lock BEFORE UPDATE ON users FOR EACH STATEMENT EXECUTE FUNCTION note_lock();
  CREATE FUNCTION overtake() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF pg_trigger_depth() > 1 OR current_setting('test.locked')::boolean THEN
      RETURN NEW;
    END IF;
    INSERT INTO overtaken VALUES (OLD.id);
    UPDATE users SET version = version + 1, user_type = 'overtaken',
      deleted_at = CASE WHEN title = 'to be deleted' THEN now() END WHERE tenant_id = OLD.tenant_id AND id = OLD.id;
    RETURN NULL;
  END $$;
  CREATE TRIGGER overtake BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION overtake();`;

const change: Readonly<Record<Tongue, (value: string) => Fields>> = {
  v1: (value) => ({ first_name: value }),
  scim: (value) => ({ nickName: value }),
  nerm: (value) => ({ title: value }),
};

describe.each([{ groupCommit: 'true' }, { groupCommit: 'false' }])(
  'a writer that is overtaken each time, group commit $groupCommit',
  ({ groupCommit }) => {
    let api: TestApp;
    let id: string;
    beforeAll(async () => {
      api = await startApp({ STELE_GROUP_COMMIT: groupCommit });
      await api.query(overtaking);
    });
    afterAll(() => api.stop());
    beforeEach(async () => {
      await forgetUsers(api);
      await api.query('TRUNCATE overtaken');
      id = await create(api, 'scim', 'alice');
    });

    const tries = async () => (await api.query('SELECT id FROM overtaken')).length;
    const history = () =>
      api.query('SELECT version, changes FROM user_history WHERE user_id = $1 ORDER BY version', [id]);

    test.each(tongues)('%s: locks the row after some tries, starts from what is there, and is done', async (tongue) => {
      const answer = await patch(api, tongue, id, change[tongue]('new'));
      expect([answer.status, answer.headers.get('etag')]).toEqual([200, `"${MAX_TRIES + 2}"`]);
      expect(faces[tongue].shown(answer)).toMatchObject(change[tongue]('new'));
      expect(await tries()).toBe(MAX_TRIES);
      const found = await read(api, 'scim', id);
      expect(found.headers.get('etag')).toBe(`"${MAX_TRIES + 2}"`);
      // The others' work stays.
      expect(found.body.userType).toBe('overtaken');
      expect((await history()).map(({ version }) => version)).toEqual([1, MAX_TRIES + 2]);
    });

    test('SCIM shows the groups of the user, and its ETag covers them', async () => {
      const group = await scimAt(api).group('Field Team', [id]);
      const answer = await patch(api, 'scim', id, change.scim('new'));
      expect(await tries()).toBe(MAX_TRIES);
      expect(answer.body.groups).toMatchObject([{ value: group, type: 'direct' }]);
      expect(answer.headers.get('etag')).toBe((await read(api, 'scim', id)).headers.get('etag'));
    });

    test('If-Match: * is any version, and is done', async () => {
      const answer = await patch(api, 'v1', id, change.v1('new'), { headers: { 'if-match': '*' } });
      expect([answer.status, answer.headers.get('etag')]).toEqual([200, `"${MAX_TRIES + 2}"`]);
    });

    test('with If-Match there is no second try', async () => {
      const answer = await patch(api, 'v1', id, change.v1('new'), { headers: { 'if-match': '"1"' } });
      expectRefusal('v1', answer, 'precondition_failed');
      expect(await tries()).toBe(1);
      expect(await history()).toHaveLength(1);
    });

    test('a deletion locks the row from the beginning, and nobody comes before it', async () => {
      const answer = await api.request('DELETE', faces.v1.user(id), { headers: { 'if-match': '"1"' } });
      expect(answer.status).toBe(204);
      expect(await tries()).toBe(0);
      expectRefusal('v1', await read(api, 'v1', id), 'not_found');
      expect((await history()).map(({ version }) => version)).toEqual([1, 2]);
      expect((await api.request('GET', '/v1/users?per_page=1')).body.meta.total).toBe(0);
    });

    test('many of them, over three dialects, are all done, each from what the one before left', async () => {
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => {
          const tongue = tongues[index % tongues.length]!;
          return patch(api, tongue, id, change[tongue](`value ${index}`));
        }),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      const rows = (await history()).slice(1) as {
        version: number;
        changes: Record<string, { old?: string; new: string }>;
      }[];
      expect(rows).toHaveLength(answers.length);
      const values: Record<string, unknown> = {};
      for (const { changes } of rows) {
        for (const [attribute, { old, new: value }] of Object.entries(changes)) {
          expect(old).toBe(values[attribute]);
          values[attribute] = value;
        }
      }
    });

    test('a name that is taken is still a conflict, and the connection is still of use', async () => {
      const bob = await create(api, 'scim', 'bob');
      for (let round = 0; round < 12; round++) {
        expectRefusal('scim', await patch(api, 'scim', id, { userName: 'BOB' }), 'conflict');
      }
      expect((await patch(api, 'scim', bob, { nickName: 'Bobby' })).status).toBe(200);
      expect(await history()).toHaveLength(1);
    });

    test('a user that is deleted in the meantime is not found', async () => {
      await forgetUsers(api);
      id = await create(api, 'scim', 'alice', { title: 'to be deleted' });
      expectRefusal('nerm', await patch(api, 'nerm', id, { locale: 'en' }), 'not_found');
      expect(await history()).toHaveLength(1);
    });

    test('PUT of a password needs no second connection while it holds the row', async () => {
      const single = await startApp({ STELE_GROUP_COMMIT: groupCommit, STELE_POOL_SIZE: '1' }, api);
      try {
        const body = { password: 'correct horse battery staple' };
        const answer = await single.request('PUT', `${faces.v1.user(id)}/password`, { body });
        expect(answer.status, answer.text).toBe(204);
        expect(await tries()).toBe(MAX_TRIES);
      } finally {
        await single.stop();
      }
    });

    test('the answer of a request with a key is kept with the write', async () => {
      const headers = { 'idempotency-key': randomUUID() };
      const first = await patch(api, 'nerm', id, { title: 'new' }, { headers });
      expect(first.status).toBe(200);
      const again = await patch(api, 'nerm', id, { title: 'new' }, { headers });
      expect([again.text, again.headers.get('idempotent-replayed')]).toEqual([first.text, 'true']);
      expect(await tries()).toBe(MAX_TRIES);
      expect(await history()).toHaveLength(2);
    });
  },
);
