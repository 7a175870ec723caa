import { verify } from '@node-rs/argon2';
import { userAttributes } from '@stele/schemas/canonical';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keys, productionPasswords, startApp, type TestApp, storedHash } from './support/app.ts';
import { alice, create, faces, forgetUsers, kept, operate, patch, read, tongues, urns } from './support/users.ts';

let api: TestApp;
let credentials: Record<'admin' | 'write', unknown>;
beforeAll(async () => {
  api = await startApp(productionPasswords);
  const credential = async (key: string) =>
    (await api.query('SELECT id FROM api_keys WHERE key_hash = $1', [storedHash(key)]))[0]!['id'];
  credentials = { admin: await credential(keys.admin), write: await credential(keys.write) };
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

const historyOf = (id: string) => api.query('SELECT * FROM user_history WHERE user_id = $1 ORDER BY version', [id]);

describe('one row for each accepted write', () => {
  test.each([
    {
      tongue: 'v1',
      operation: 'updateUser',
      fields: { username: 'al', email: 'al@example.com', first_name: 'Al', last_name: null, role: 'owner' },
      changes: {
        userName: { old: 'alice', new: 'al' },
        emails: { old: [{ value: 'a@b.example', primary: true }], new: [{ value: 'al@example.com', primary: true }] },
        'name.givenName': { new: 'Al' },
        'name.familyName': { old: 'Liddell' },
        roles: { old: [], new: [{ value: 'owner', primary: true }] },
      },
    },
    {
      tongue: 'scim',
      operation: 'patchUser',
      fields: {
        active: false,
        title: null,
        'name.familyName': 'Hargreaves',
        [`${urns.enterprise}:manager`]: { value: '7' },
        [`${urns.lifecycle}:sailpointIdentityId`]: '2c91',
      },
      changes: {
        status: { old: 'active', new: 'disabled' },
        title: { old: 'Surveyor' },
        'name.familyName': { old: 'Liddell', new: 'Hargreaves' },
        'enterprise.manager.value': { new: '7' },
        'lifecycle.sailpointIdentityId': { new: '2c91' },
      },
    },
    {
      tongue: 'nerm',
      operation: 'updateUser',
      fields: { login: 'al', title: null, status: 'Pending', admin: true, group_strings: 'one,two' },
      changes: {
        userName: { old: 'alice', new: 'al' },
        title: { old: 'Surveyor' },
        status: { old: 'active', new: 'pending' },
        roles: { old: [], new: [{ value: 'admin' }] },
        'lifecycle.groupStrings': { old: [], new: ['one', 'two'] },
      },
    },
  ] as const)(
    '$tongue PATCH: who, how, and old and new by attribute',
    async ({ tongue, operation, fields, changes }) => {
      const id = await create(api, 'scim', 'alice', {
        title: 'Surveyor',
        name: { familyName: 'Liddell' },
        emails: [{ value: 'a@b.example', primary: true }],
      });
      const headers = { 'x-request-id': `patch-${tongue}` };
      expect((await patch(api, tongue, id, fields, { key: keys.write, headers })).status).toBe(200);
      const [, row, ...more] = await historyOf(id);
      expect(more).toEqual([]);
      const [user] = await api.query('SELECT tenant_id, updated_at FROM users');
      expect(row).toEqual({
        tenant_id: user!['tenant_id'],
        user_id: id,
        version: 2,
        at: user!['updated_at'],
        credential_id: credentials.write,
        dialect: tongue,
        operation,
        request_id: `patch-${tongue}`,
        changes,
        seq: expect.any(String),
        // The credential is an API key.
        actor: null,
      });
    },
  );

  test.each(tongues)('%s create: what the user has from the beginning', async (tongue) => {
    const { users, draft } = faces[tongue];
    const headers = { 'x-request-id': `create-${tongue}` };
    expect((await api.request('POST', users, { body: draft('alice'), headers })).status).toBeLessThan(300);
    const [user] = await api.query('SELECT * FROM users');
    const history = await historyOf(String(user!['id']));
    expect(history).toEqual([
      {
        tenant_id: user!['tenant_id'],
        user_id: user!['id'],
        version: 1,
        at: user!['created_at'],
        credential_id: credentials.admin,
        dialect: tongue,
        operation: 'createUser',
        request_id: `create-${tongue}`,
        changes: expect.objectContaining({ userName: { new: 'alice' }, status: { new: 'active' } }),
        seq: expect.any(String),
        actor: null,
      },
    ]);
  });

  test('a create that fills every attribute says every attribute', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    const [row] = await historyOf(id);
    // An address waits only in the place of another one, and times are read-only.
    const unwritten = new Set<string>(['pendingEmail', 'lifecycle.lastLogin', 'lifecycle.cookiesAcceptedAt']);
    const created = userAttributes.filter((attribute) => !unwritten.has(attribute));
    expect(Object.keys(row!['changes'] as object).toSorted()).toEqual(created.toSorted());
  });

  test('a request that names itself in no way gets a name, which is in the answer and in the history', async () => {
    const id = await create(api, 'scim', 'alice');
    const answer = await patch(api, 'v1', id, { first_name: 'Al' });
    const requestId = answer.headers.get('x-request-id');
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect((await historyOf(id))[1]!['request_id']).toBe(requestId);
  });

  test('the history, change by change, leads to the user that is there', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    await patch(api, 'v1', id, { first_name: 'Al', role: 'owner' });
    await patch(api, 'nerm', id, { title: null, group_strings: 'one', email: 'new@example.com' });
    await operate(api, id, { op: 'remove', path: urns.enterprise }, { op: 'remove', path: 'phoneNumbers' });
    await operate(api, id, { op: 'replace', path: 'title', value: 'Again' });
    const rows = (await historyOf(id)) as {
      version: number;
      seq: string;
      changes: Record<string, { old?: unknown; new?: unknown }>;
    }[];
    expect(rows.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    const sequence = rows.map(({ seq }) => Number(seq));
    expect(sequence).toEqual([...new Set(sequence)].toSorted((left, right) => left - right));
    const replayed: Record<string, unknown> = {};
    for (const { version, changes } of rows) {
      for (const [attribute, { old, new: value }] of Object.entries(changes)) {
        if (version > 1) expect(old).toEqual(replayed[attribute]);
        replayed[attribute] = value;
      }
    }
    const { body } = await read(api, 'scim', id);
    expect(replayed).toMatchObject({
      'name.givenName': body.name.givenName,
      title: 'Again',
      emails: body.emails,
      roles: body.roles,
      'lifecycle.groupStrings': ['one'],
      phoneNumbers: [],
    });
    expect(replayed['enterprise.department']).toBeUndefined();
    expect(body).not.toHaveProperty([urns.enterprise]);
  });
});

describe('no row', () => {
  test.each(tongues)('for what %s refuses', async (tongue) => {
    const id = await create(api, 'scim', 'alice', alice);
    await create(api, 'scim', 'bob');
    const before = await kept(api);
    const name = { v1: 'username', scim: 'userName', nerm: 'login' }[tongue];
    const refused = [
      await patch(api, tongue, id, { [name]: 'BOB' }),
      await patch(api, tongue, id, { [name]: 42 }),
      await patch(api, tongue, id, { [name]: 'al' }, { key: keys.read }),
      await patch(api, tongue, id, { [name]: 'al' }, { key: keys.foreign }),
      await patch(api, tongue, id, { [name]: 'al' }, { key: null }),
      await patch(api, tongue, id, { [name]: 'al' }, { headers: { 'if-match': '"2"' } }),
      await api.request('POST', faces[tongue].users, { body: faces[tongue].draft('Bob') }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([409, 400, 403, 404, 401, 412, 409]);
    expect(await kept(api)).toEqual(before);
  });

  test.each(tongues)('for what %s says once more', async (tongue) => {
    const id = await create(api, 'scim', 'alice', alice);
    const fields = { v1: { first_name: 'Alice' }, scim: { title: 'Surveyor' }, nerm: { title: 'Surveyor' } }[tongue];
    expect((await patch(api, tongue, id, fields)).status).toBe(200);
    expect(await historyOf(id)).toHaveLength(1);
  });

  test('for a read', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    for (const tongue of tongues) expect((await read(api, tongue, id)).status).toBe(200);
    expect(await historyOf(id)).toHaveLength(1);
  });
});

describe('a password', () => {
  const secret = 'Tarn-Lake-77? ünïcode';

  /** Every row of every table, as text. */
  async function everything(): Promise<string> {
    const tables = await api.query("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'");
    const rows = await Promise.all(
      tables.map(({ name }) => api.query(`SELECT t::text AS line FROM ${String(name)} t`)),
    );
    return rows
      .flat()
      .map(({ line }) => line)
      .join('\n');
  }

  const ways: Readonly<Record<string, () => Promise<string>>> = {
    'v1 create': () => create(api, 'v1', 'alice', { password: secret }),
    'v1 setPassword': async () => {
      const id = await create(api, 'v1', 'alice');
      const { status, text } = await api.request('PUT', `${faces.v1.user(id)}/password`, {
        body: { password: secret },
      });
      expect([status, text]).toEqual([204, '']);
      return id;
    },
    'SCIM create': () => create(api, 'scim', 'alice', { password: secret }),
    'SCIM PATCH': async () => {
      const id = await create(api, 'scim', 'alice');
      const answer = await operate(api, id, { op: 'replace', path: 'password', value: secret });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain(secret);
      return id;
    },
    'NERM create': () => create(api, 'nerm', 'alice', { password: secret }),
  };

  test.each(Object.keys(ways))('set by %s is an argon2id hash, and nowhere in clear', async (way) => {
    const id = await ways[way]!();
    const [user] = await api.query('SELECT password_hash, version FROM users');
    // OWASP's parameters: 19 MiB, two passes, one lane.
    expect(user!['password_hash']).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verify(String(user!['password_hash']), secret)).toBe(true);

    const stored = await everything();
    expect(stored).toContain(String(user!['password_hash']));
    for (const encoding of ['utf8', 'base64', 'hex'] as const) {
      expect(stored).not.toContain(Buffer.from(secret).toString(encoding));
    }
    for (const tongue of tongues) {
      const { text } = await read(api, tongue, id);
      expect(text).not.toContain(secret);
      expect(text).not.toContain('argon2');
    }

    const row = (await historyOf(id)).at(-1)!;
    expect(row['version']).toBe(user!['version']);
    expect(row['changes']).toHaveProperty('password', {});
    expect(JSON.stringify(row)).not.toContain('argon2');
  });

  test('that is refused is in no answer', async () => {
    const id = await create(api, 'scim', 'alice');
    const answers = [
      await api.request('POST', '/v1/users', { body: faces.v1.draft('bob', { password: secret, email: 'bob' }) }),
      await api.request('POST', '/user', { body: faces.nerm.draft('bob', { password: secret, email: 'bob' }) }),
      await api.request('POST', '/scim/v2/Users', { body: faces.scim.draft('bob', { password: [secret, secret] }) }),
      await patch(api, 'v1', id, { password: secret }),
      await patch(api, 'nerm', id, { password: secret }),
      await api.request('POST', '/v1/users', { body: `{"password":"${secret}",` }),
      await api.request('POST', '/v1/users', { body: `{"username":"bob","password":"${secret}" "x"}` }),
      await api.request('POST', '/v1/users', { body: `{"username":"bob","password":'${secret}'}` }),
      await api.request('POST', '/scim/v2/Users', { body: `{"userName":"bob","password":${secret}}` }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
    for (const { text } of answers) expect(text).not.toContain('Tarn');
    expect(await everything()).not.toContain('Tarn');
  });
});

describe.each(['user_history', 'group_history'])('%s is append-only', (table) => {
  test.each([`UPDATE ${table} SET version = 1`, `DELETE FROM ${table}`, `TRUNCATE ${table}`])(
    '%s',
    async (statement) => {
      await expect(api.query(statement)).rejects.toMatchObject({ code: '42501' });
    },
  );
});
