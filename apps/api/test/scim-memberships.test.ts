import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startApp, type TestApp } from './support/app.ts';
import { type Costs, costsOf, ID, idOf } from './support/costs.ts';
import { MOUNTS, type Scim, scimAt } from './support/scim.ts';
import { faces, urns } from './support/users.ts';

/** A directory: how many there are, and in how many groups each is. */
interface Shape {
  readonly name: string;
  readonly users: number;
  readonly groups: number;
  readonly groupsOfUser: number;
  /** How many of the groups are members of another one. Some of these form circles. */
  readonly nested: number;
}

const shapes: readonly Shape[] = [
  { name: 'a small and dense directory', users: 500, groups: 220, groupsOfUser: 176, nested: 0 },
  { name: 'a small and dense directory of nested groups', users: 500, groups: 220, groupsOfUser: 60, nested: 110 },
  { name: 'a directory of many nested groups', users: 300, groups: 6000, groupsOfUser: 60, nested: 2000 },
  { name: 'a large directory', users: 100_000, groups: 10_000, groupsOfUser: 2, nested: 1000 },
];

/** Users and groups have different identifiers. */
const FIRST_GROUP = 1_000_000;

/** Rows of one statement. */
const BATCH = 10_000;

async function fill(api: TestApp, costs: Costs, { users, groups, groupsOfUser, nested }: Shape): Promise<void> {
  await costs.addUsers(1, users);
  await costs.addGroups(FIRST_GROUP, FIRST_GROUP + groups - 1);
  const join = (from: string, type: string, group: string) =>
    api.query(`
      INSERT INTO group_members (tenant_id, group_id, member_id, member_type, added_at)
      SELECT tenant_id, (SELECT ${ID} FROM (VALUES (${FIRST_GROUP} + ${group})) x (n)), ${ID}, '${type}', now()
      FROM api_keys, ${from} WHERE name = 'key 0' ON CONFLICT DO NOTHING`);
  const atOnce = Math.floor(BATCH / groupsOfUser);
  for (let first = 1; first <= users; first += atOnce) {
    const last = Math.min(first + atOnce - 1, users);
    await join(
      `generate_series(${first}, ${last}) n, generate_series(1, ${groupsOfUser}) k`,
      'User',
      `(n::bigint * 7919 + k * (${groups} / ${groupsOfUser})) % ${groups}`,
    );
  }
  await join(
    `generate_series(${FIRST_GROUP}, ${FIRST_GROUP + nested - 1}) n`,
    'Group',
    `((n - ${FIRST_GROUP})::bigint * 31 + 17) % ${groups}`,
  );
  await costs.analyze();
}

interface Shown {
  readonly users: number;
  readonly memberships: number;
}

function shownBy({ body }: Answer): Shown {
  const users = (body.Resources ?? [body]) as { groups?: unknown[] }[];
  return { users: users.length, memberships: users.reduce((sum, { groups = [] }) => sum + groups.length, 0) };
}

/** Blocks at most: of any request, for each user and for each membership that is shown. A lookup goes down an index. */
const BLOCKS = { request: 100, user: 80, membership: 9 } as const;

/** Groups of a table that is quicker read as a whole than looked up for one user. */
const FEW_GROUPS = 2000;

const PAGE = 25;
const USER = idOf(42);

type Question = readonly [what: string, ask: (scim: Scim, count: number, title: string) => Promise<Answer>];

const questions: readonly Question[] = [
  ['a user', (scim) => scim.get(`/Users/${USER}`)],
  ['a page by index', (scim, count) => scim.list('/Users', { count })],
  ['a page by cursor', (scim, count) => scim.list('/Users', { count, cursor: '' })],
  ['a user who is found', (scim, count) => scim.list('/Users', { count, filter: 'userName eq "user.42"' })],
  ['a search for users', (scim, count) => scim.search('/Users', { count })],
  ['a search for users and groups', (scim, count) => scim.search('', { count, filter: 'userName eq "user.42"' })],
  ['a change', (scim, _, title) => scim.patch(`/Users/${USER}`, [{ op: 'replace', path: 'title', value: title }])],
];

describe.each(shapes)('in $name', (shape) => {
  let api: TestApp;
  let scim: Scim;
  let costs: Costs;
  beforeAll(async () => {
    api = await startApp({ STELE_POOL_SIZE: '1' });
    scim = scimAt(api);
    costs = await costsOf(api);
    await fill(api, costs, shape);
  }, 120_000);
  afterAll(() => api.stop());

  test.each(questions)('%s reads in proportion to the memberships that it shows', async (_, ask) => {
    // After the first ones PostgreSQL has settled for a plan.
    for (let each = 0; each < 10; each++) await ask(scim, 1, `Title ${each}`);
    const { answer, rows, blocks } = await costs.workOf(() => ask(scim, PAGE, 'Surveyor'));
    const { users, memberships } = shownBy(answer);
    expect(users).toBeGreaterThan(0);
    expect(memberships).toBeGreaterThanOrEqual(users * shape.groupsOfUser);
    // A page by cursor looks at one more, to know whether there is one. A group may be found on several ways.
    const read = 2 * memberships * (1 + 1 / users);
    expect(rows.group_members).toBeLessThanOrEqual(read);
    expect(rows.groups).toBeLessThanOrEqual(Math.max(read, (users + 1) * Math.min(shape.groups, FEW_GROUPS)));
    expect(blocks).toBeLessThanOrEqual(BLOCKS.request + BLOCKS.user * users + BLOCKS.membership * memberships);
  });
});

/** What is asked of the attributes, as a query has it; in the body of a search the names are a list. */
const withoutGroups = [
  { attributes: 'userName' },
  { attributes: 'USERNAME,emails.value' },
  { attributes: `${urns.user}:userName` },
  { attributes: urns.enterprise },
  { excludedAttributes: 'groups' },
  { excludedAttributes: 'Groups,emails' },
  { excludedAttributes: `${urns.user.toUpperCase()}:GROUPS` },
  { attributes: 'userName,groups', excludedAttributes: 'groups' },
] as const;

const withGroups = [
  {},
  { attributes: 'groups' },
  { attributes: 'userName,groups.value' },
  { attributes: 'GROUPS.Display' },
  { attributes: `${urns.user}:groups` },
  { attributes: `${urns.user.toUpperCase()}:Groups.type` },
  { attributes: urns.user },
  { attributes: '' },
  { excludedAttributes: 'userName' },
  { excludedAttributes: 'groups.display' },
] as const;

type Projection = Readonly<Record<string, string>>;

/** A request in which a user is shown. The user of the path, if there is one, is in groups. */
interface Showing {
  readonly what: string;
  readonly ask: (scim: Scim, projection: Projection, unique: string) => Promise<Answer>;
}

const pathOf = (path: string, projection: Projection) => `${path}?${new URLSearchParams(projection).toString()}`;
const listsOf = (projection: Projection) =>
  Object.fromEntries(Object.entries(projection).map(([name, list]) => [name, list === '' ? [] : list.split(',')]));
const found = { filter: `id eq "${USER}"` };

const showings: readonly Showing[] = [
  { what: 'GET', ask: (scim, projection) => scim.get(pathOf(`/Users/${USER}`, projection)) },
  { what: 'a list', ask: (scim, projection) => scim.list('/Users', { ...found, ...projection }) },
  { what: 'a list by cursor', ask: (scim, projection) => scim.list('/Users', { ...found, cursor: '', ...projection }) },
  {
    what: 'a search for users',
    ask: (scim, projection) => scim.search('/Users', { ...found, ...listsOf(projection) }),
  },
  {
    what: 'a search for users and groups',
    ask: (scim, projection) => scim.search('', { ...found, ...listsOf(projection) }),
  },
  {
    what: 'PUT',
    ask: (scim, projection, unique) =>
      scim.put(pathOf(`/Users/${USER}`, projection), faces.scim.draft('user.42', { title: unique })),
  },
  {
    what: 'PATCH',
    ask: (scim, projection, unique) =>
      scim.patch(pathOf(`/Users/${USER}`, projection), [{ op: 'replace', path: 'title', value: unique }]),
  },
  {
    what: 'a PATCH that changes nothing',
    ask: (scim, projection) =>
      scim.patch(pathOf(`/Users/${USER}`, projection), [{ op: 'replace', path: 'userName', value: 'user.42' }]),
  },
];

describe('groups that', () => {
  let api: TestApp;
  let costs: Costs;
  /** A group of the user, and one around it. */
  let group: string;
  let outer: string;
  beforeAll(async () => {
    api = await startApp({ STELE_POOL_SIZE: '1' });
    costs = await costsOf(api);
    await costs.addUsers(42, 42);
    group = await scimAt(api).group('Field Team', [USER]);
    outer = await scimAt(api).group('Field Teams', [group]);
  });
  afterAll(() => api.stop());

  const shownOf = ({ body }: Answer) =>
    (body.Resources?.[0] ?? body) as { groups?: { value: string }[]; meta?: object };

  describe.each(showings)('$what', ({ what, ask }) => {
    test.each(withoutGroups)('does not show are not looked at: %j', async (projection) => {
      for (const mount of MOUNTS) {
        const { answer, scans } = await costs.workOf(() => ask(scimAt(api, { mount }), projection, randomUUID()));
        expect(shownOf(answer).groups).toBeUndefined();
        // A search among all looks for groups too, and finds none.
        const shown = what.includes('and groups') ? { ...scans, groups: 0 } : scans;
        expect(shown, mount).toMatchObject({ group_members: 0, groups: 0 });
      }
    });

    test.each(withGroups)('shows are read: %j', async (projection) => {
      for (const mount of MOUNTS) {
        const { groups } = shownOf(await ask(scimAt(api, { mount }), projection, randomUUID()));
        expect(groups, mount).toHaveLength(2);
      }
    });
  });

  test.each(MOUNTS)('a new user cannot have are not looked at, whatever POST %s/Users is asked for', async (mount) => {
    for (const projection of [...withoutGroups, ...withGroups]) {
      const body = faces.scim.draft(randomUUID());
      const path = pathOf('/Users', projection);
      const { scans } = await costs.workOf(() => scimAt(api, { mount }).send('POST', path, { body }));
      expect(scans).toMatchObject({ group_members: 0, groups: 0 });
    }
  });

  test('a PATCH repeats are compared, also where the response does not show them', async () => {
    const scim = scimAt(api);
    const path = pathOf(`/Users/${USER}`, { attributes: 'userName' });
    const { groups } = shownOf(await scim.get(`/Users/${USER}`));
    expect((await scim.patch(path, [{ op: 'replace', value: { groups, title: 'Cook' } }])).status).toBe(200);
    const core = { [urns.user]: { [`${urns.user}:Groups`]: groups } };
    for (const value of [{ groups: groups!.slice(1) }, core]) {
      const answer = await scim.patch(path, [{ op: 'replace', value }]);
      expect(answer.status, answer.text).toBe(value === core ? 200 : 400);
    }
  });

  // RFC 9110 8.8.3: an entity tag is of one representation of one address.
  describe('a response does not show', () => {
    const part = pathOf(`/Users/${USER}`, { excludedAttributes: 'groups' });
    const ifNoneMatch = (etag: string) => ({ headers: { 'if-none-match': etag } });

    test('are not in its ETag, which is its meta.version', async () => {
      const scim = scimAt(api);
      const { headers, body } = await scim.get(part);
      const all = await scim.get(`/Users/${USER}`);
      expect(body.meta.version).toBe(headers.get('etag'));
      expect(all.body.meta.version).toBe(all.headers.get('etag'));
      expect(headers.get('etag')).toMatch(/^"\d+"$/);
      expect(all.headers.get('etag')).toMatch(/^"\d+-\w+"$/);
      const { body: list } = await scim.list('/Users', { ...found, excludedAttributes: 'groups' });
      expect(list.Resources[0].meta.version).toBe(headers.get('etag'));
      const changed = await scim.patch(part, [{ op: 'replace', path: 'title', value: randomUUID() }]);
      expect(changed.body.meta.version).toBe(changed.headers.get('etag'));
      expect(changed.headers.get('etag')).toBe((await scim.get(part)).headers.get('etag'));
    });

    test('may change without a new response; those that it shows may not', async () => {
      const scim = scimAt(api);
      const [partTag, allTag] = await Promise.all(
        [part, `/Users/${USER}`].map(async (path) => (await scim.get(path)).headers.get('etag')!),
      );
      const statuses = async () =>
        Promise.all([
          scim.get(part, ifNoneMatch(partTag!)),
          scim.get(`/Users/${USER}`, ifNoneMatch(allTag!)),
          // The tag of a part is not that of the whole, and the other way round.
          scim.get(`/Users/${USER}`, ifNoneMatch(partTag!)),
          scim.get(part, ifNoneMatch(allTag!)),
        ]).then((answers) => answers.map(({ status }) => status));
      expect(await statuses()).toEqual([304, 304, 200, 200]);
      await scim.patch(`/Groups/${outer}`, [{ op: 'replace', path: 'displayName', value: 'All Teams' }]);
      expect(await statuses()).toEqual([304, 200, 200, 200]);
      await scim.patch(`/Users/${USER}`, [{ op: 'replace', path: 'title', value: randomUUID() }]);
      expect(await statuses()).toEqual([200, 200, 200, 200]);
    });

    test('do not keep its ETag from being good for a write', async () => {
      const scim = scimAt(api);
      const etag = (await scim.get(part)).headers.get('etag')!;
      const rename = [{ op: 'replace', path: 'title', value: randomUUID() }];
      const answer = await scim.patch(`/Users/${USER}`, rename, { headers: { 'if-match': etag } });
      expect(answer.status, answer.text).toBe(200);
    });
  });
});
