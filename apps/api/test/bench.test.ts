import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contestants, type ContestantName } from '../bench/contestants.ts';
import { requestOf } from '../bench/requests.ts';
import { compileTutorial, type Server, startServer } from '../bench/server.ts';
import { preparedPatch } from '../bench/statement.ts';
import { countWrites, findOwner, type Owner, seedUsers, userId } from '../bench/users.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';

// The API's own contestants are the subject of every other test here; these are the servers that it is compared with.

const KEY = 'bench-key-of-every-scope-for-the-tests';
const USERS = 10;

let database: TestDatabase;
let client: pg.Client;
let owner: Owner;
beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("INSERT INTO tenants (id, name) VALUES ('01979f2e-0000-7000-8000-00000000a11c', 'default')");
  await client.query(
    `INSERT INTO api_keys (id, tenant_id, name, key_hash, scopes)
     VALUES ('01979f2e-0000-7000-8000-0000000000c0', '01979f2e-0000-7000-8000-00000000a11c', 'bench', '\\x00', '{admin}')`,
  );
  owner = await findOwner(client);
  await seedUsers(client, owner, USERS);
  await compileTutorial();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const ask = async (server: Server, name: ContestantName, user: number, value: string) => {
  const { method, path, headers, body } = requestOf(contestants[name].request, KEY, user, value);
  const response = await fetch(server.url + path, { method, headers, body });
  // The clients of the bench read nothing else.
  expect(response.headers.get('content-length')).toMatch(/^\d+$/);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const stored = async (user: number) => {
  const { rows } = await client.query(
    `SELECT version, name_given_name, name_family_name, display_name, title, user_name, status, emails, roles
     FROM users WHERE id = $1`,
    [userId(user)],
  );
  return rows[0] as Record<string, unknown>;
};

test('a seeded user is what a create would have left', async () => {
  expect(await countWrites(client)).toEqual({ versions: USERS, history: USERS });
  expect(await stored(1)).toMatchObject({ version: 1, user_name: 'user1', roles: [{ value: 'user', primary: true }] });
});

test.each([
  { name: 'bare', user: 2, changed: { name_given_name: 'new' }, shown: { username: 'user2', first_name: 'new' } },
  { name: 'tutorial', user: 3, changed: { name_given_name: 'new' }, shown: { username: 'user3', first_name: 'new' } },
  {
    name: 'scimmy',
    user: 4,
    changed: { display_name: 'new', title: 'Title of new' },
    shown: { userName: 'user4', displayName: 'new', title: 'Title of new' },
  },
] as const)('$name applies a PATCH: the row, its version, and the history it claims', async (each) => {
  const { name, user, changed, shown } = each;
  const server = await startServer(name, { databaseUrl: database.url, key: KEY, owner });
  try {
    const before = await stored(user);
    const earlier = await countWrites(client);
    const answer = await ask(server, name, user, 'new');
    expect(answer).toMatchObject({ status: 200, body: shown });
    expect(await stored(user)).toEqual({ ...before, ...changed, version: 2 });
    const written = contestants[name].history ? 1 : 0;
    expect(await countWrites(client)).toEqual({
      versions: earlier.versions + 1,
      history: earlier.history + written,
    });
    const { rows } = await client.query('SELECT * FROM user_history WHERE user_id = $1 AND version = 2', [
      userId(user),
    ]);
    expect(rows).toHaveLength(written);
    if (written === 1) expect(rows[0]).toMatchObject({ credential_id: owner.credentialId, tenant_id: owner.tenantId });
    expect((await ask(server, name, USERS + 1, 'new')).status).toBe(404);
  } finally {
    await server.stop();
  }
});

test('the statement that is measured alone is the one of the bare server', async () => {
  const changes = JSON.stringify({ 'name.givenName': { new: 'new' } });
  const values = [owner.tenantId, userId(5), 'new', new Date(), owner.credentialId, 'bench', changes];
  const { rows } = await client.query(preparedPatch, values);
  expect(rows).toMatchObject([{ id: userId(5), version: 2, name_given_name: 'new' }]);
});
