import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startApp, type TestApp } from './support/app.ts';
import { type Costs, costsOf, ID, idOf } from './support/costs.ts';
import { type Scim, scimAt } from './support/scim.ts';

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
