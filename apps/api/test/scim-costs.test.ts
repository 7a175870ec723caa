import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startApp, type TestApp } from './support/app.ts';
import { type Costs, costsOf, idOf, tables, type Work } from './support/costs.ts';
import { type Scim, scimAt } from './support/scim.ts';
import { faces, forgetUsers, urns } from './support/users.ts';

/**
 * Blocks that may be more: an index that grows becomes a level or two deeper, and a write goes down all those of a table.
 * To look at everything costs hundreds and thousands.
 */
const MORE = { read: 4, write: 24 } as const;

let api: TestApp;
let scim: Scim;
let meter: Costs;
beforeAll(async () => {
  // One connection, so that what it says of its work is all there is.
  api = await startApp({ STELE_POOL_SIZE: '1' });
  scim = scimAt(api);
  meter = await costsOf(api);
});
afterAll(() => api.stop());

const workOf: Costs['workOf'] = (request) => meter.workOf(request);

const SMALL = 5000;
const LARGE = 100_000;

/** A request of a directory, to which `unique` is new each time. */
type Question = readonly [what: string, kind: keyof typeof MORE, ask: (unique: string) => Promise<Answer>];

const found = (filter: string): Question => [filter, 'read', () => scim.list('/Users', { filter })];
const replaced = (at: string, path: string) => (value: string) => scim.patch(at, [{ op: 'replace', path, value }]);

const questions: readonly Question[] = [
  found('userName eq "USER.42"'),
  found('userName eq "nobody"'),
  found('externalId eq "HR-42"'),
  found(`${urns.enterprise}:employeeNumber eq "e-42"`),
  found('emails.value eq "User.42@example.com"'),
  found('emails[type eq "work" and value eq "User.42@example.com"]'),
  found('emails.value eq "nobody@example.com"'),
  found(`id eq "${idOf(42)}"`),
  ['a user', 'read', () => scim.get(`/Users/${idOf(42)}`)],
  ['the first page by index, and how many there are', 'read', () => scim.list('/Users', { count: 20 })],
  ['the first page by cursor, and how many there are', 'read', () => scim.list('/Users', { cursor: '', count: 20 })],
  ['a user who comes', 'write', (unique) => scim.send('POST', '/Users', { body: faces.scim.draft(unique) })],
  ['a user who changes', 'write', replaced(`/Users/${idOf(43)}`, 'title')],
  ['a user who gets another name', 'write', replaced(`/Users/${idOf(44)}`, 'userName')],
  // After there is a history, in which the index of times is.
  found('meta.lastModified gt "2036-01-01T00:00:00Z"'),
];

/** What is asked of a directory from its first minute on. */
const beginnings: readonly Question[] = [
  ['a user who is read', 'read', () => scim.get(`/Users/${idOf(1)}`)],
  ['a user who changes', 'write', replaced(`/Users/${idOf(1)}`, 'title')],
  ['a user who gets another name', 'write', replaced(`/Users/${idOf(1)}`, 'userName')],
  ['a group that changes', 'write', replaced(`/Groups/${idOf(1)}`, 'displayName')],
];

/** Comes to the directory as clients do: one after the other, some at a time. */
async function fill(most: number): Promise<void> {
  for (let come = 0; come < most; come += 50) {
    const names = Array.from({ length: 50 }, (_, index) => `newcomer-${come + index}`);
    await Promise.all(names.map((name) => scim.user(name)));
    await Promise.all(names.map((name) => scim.group(name)));
  }
}

// The plan of a statement that is prepared is kept until somebody runs ANALYZE, which autovacuum does once in a minute.
describe('a directory that is filled faster than PostgreSQL takes notice', () => {
  const first = new Map<string, Work>();
  beforeAll(async () => {
    await meter.addUsers(1, 1);
    await meter.addGroups(1, 1);
    for (const [what, , request] of beginnings) {
      // A plan is made anew for each of the first five, and kept after that.
      for (let each = 0; each < 10; each++) await request(randomUUID());
      first.set(what, await workOf(() => request(randomUUID())));
    }
    await fill(1500);
  }, 120_000);
  afterAll(() => forgetUsers(api));

  test.each(beginnings)('costs no more for %s', async (what, _, request) => {
    const { rows, blocks } = await workOf(() => request(randomUUID()));
    // A small table is quicker read than its index.
    for (const table of tables) expect(rows[table]).toBeLessThanOrEqual(Math.max(1, first.get(what)!.rows[table]));
    expect(blocks).toBeLessThanOrEqual(first.get(what)!.blocks + MORE.write);
  });
});

describe('a directory that grows', () => {
  const costs = new Map<string, Work[]>();
  const ask = async () => {
    for (const [what, , request] of questions) {
      // After the first ones PostgreSQL has settled for a plan.
      for (let each = 0; each < 10; each++) await request(randomUUID());
      costs.set(what, [...(costs.get(what) ?? []), await workOf(() => request(randomUUID()))]);
    }
  };
  beforeAll(async () => {
    await meter.addUsers(1, SMALL);
    await meter.analyze();
    await ask();
    await meter.addUsers(SMALL + 1, LARGE);
    await meter.analyze();
    await ask();
  });

  test.each(questions)('costs no more for %s', (what, kind) => {
    const [small, large] = costs.get(what) as [Work, Work];
    expect(large.blocks).toBeLessThanOrEqual(small.blocks + MORE[kind]);
    // A small table is quicker read than its index.
    expect(large.rows.users).toBeLessThanOrEqual(small.rows.users);
    expect(large.answer.body.itemsPerPage).toBe(small.answer.body.itemsPerPage);
  });

  test('costs no more on page 400 than on the first, by cursor', async () => {
    const page = (cursor: string) => workOf(() => scim.list('/Users', { cursor, count: 100 }));
    let cursor = '';
    // Greater steps lead to the same place.
    for (const count of [...Array<number>(39).fill(1000), ...Array<number>(9).fill(100)]) {
      cursor = (await scim.list('/Users', { cursor, count, attributes: 'userName' })).body.nextCursor as string;
    }
    const [first, deep] = [await page(''), await page(cursor)];
    expect(deep.answer.body.Resources).toHaveLength(100);
    expect(deep.answer.body.Resources[0].userName).toBe('User.39901');
    expect(deep.rows).toEqual(first.rows);
    expect(deep.blocks).toBeLessThanOrEqual(first.blocks + MORE.read);
  });
});

/** A group, and who of its size is told apart from the others. */
interface Subject {
  readonly group: string;
  /** Somebody who is a member, and somebody who is not. */
  readonly member: string;
  readonly stranger: string;
}

type Action = readonly [what: string, act: (subject: Subject) => Promise<Answer>];

const change =
  (
    operationsOf: (subject: Subject) => readonly object[],
    query = '',
    headers: () => Record<string, string> = () => ({}),
  ) =>
  (subject: Subject): Promise<Answer> =>
    scim.patch(`/Groups/${subject.group}${query}`, operationsOf(subject), { headers: headers() });

const add = ({ stranger }: Subject) => [{ op: 'add', path: 'members', value: [{ value: stranger }] }];
const removal = (pathOf: (member: string) => string) => (subject: Subject) => [
  { op: 'remove', path: pathOf(subject.member) },
];

/** What is answered with nothing but a version. */
const changes: readonly Action[] = [
  ['one is added', change(add)],
  ['one is added without path', change(({ stranger }) => [{ op: 'add', value: { members: [{ value: stranger }] } }])],
  ['one is added who is there', change(({ member }) => [{ op: 'add', path: 'members', value: [{ value: member }] }])],
  [
    'one is added who is described',
    change(({ stranger: value }) => [{ op: 'add', path: `members[value eq "${value}"]`, value: {} }]),
  ],
  ['one is added with an Idempotency-Key', change(add, '', () => ({ 'idempotency-key': randomUUID() }))],
  ['one is added with If-Match', change(add, '', () => ({ 'if-match': '*' }))],
  ['one is removed', change(({ member }) => [{ op: 'remove', path: 'members', value: [{ value: member }] }])],
  ['one is removed by a filter', change(removal((member) => `members[value eq "${member}"]`))],
  [
    'one is removed by a filter of the type',
    change(removal((member) => `members[value eq "${member}" and type eq "User"]`)),
  ],
  [
    'one of two is removed',
    change((subject) =>
      removal((member) => `members[value eq "${member}" or value eq "${subject.stranger}"]`)(subject),
    ),
  ],
  ['nobody is removed', change(({ stranger }) => [{ op: 'remove', path: `members[value eq "${stranger}"]` }])],
  [
    'one takes the place of another',
    change((subject) => [...add(subject), ...removal((member) => `members[value eq "${member}"]`)(subject)]),
  ],
  ['it is renamed', change(() => [{ op: 'replace', path: 'displayName', value: randomUUID() }])],
];

/** What is answered with something, in which there are no members. */
const readings: readonly Action[] = [
  ['it is changed and asked for its name', change(add, '?attributes=displayName')],
  ['it is read without members', ({ group }) => scim.get(`/Groups/${group}?excludedAttributes=members`)],
  ['its name is read', ({ group }) => scim.get(`/Groups/${group}?attributes=displayName`)],
  [
    'it is found by its name',
    ({ group }) => scim.list('/Groups', { filter: `id eq "${group}"`, excludedAttributes: 'members' }),
  ],
  [
    'it is found by a member',
    ({ member }) => scim.list('/Groups', { filter: `members.value eq "${member}"`, excludedAttributes: 'members' }),
  ],
  ['a member is read', ({ member }) => scim.get(`/Users/${member}`)],
];

const departures: readonly Action[] = [['a member is deleted', ({ member }) => scim.remove(`/Users/${member}`)]];

describe('a group of 50,000 costs no more than one of five when', () => {
  const sizes = { small: 5, large: 50_000 };
  const groups = new Map<string, string>();
  /** Those after it are in no group. */
  let known = 80_000;

  const put = (group: string, first: number, last: number) =>
    api.query(
      `INSERT INTO group_members (tenant_id, group_id, member_id, member_type, added_at)
       SELECT tenant_id, $1, id, 'User', created_at FROM users WHERE id BETWEEN $2 AND $3`,
      [group, idOf(first), idOf(last)],
    );

  beforeAll(async () => {
    // Many small ones beside it, as there are in a directory: PostgreSQL plans by how large a group is on the average.
    await meter.addGroups(1, 1000);
    await api.query(`
      INSERT INTO group_members (tenant_id, group_id, member_id, member_type, added_at)
      SELECT g.tenant_id, g.id, u.id, 'User', g.created_at FROM groups g CROSS JOIN generate_series(1, 5) m
      JOIN users u ON u.tenant_id = g.tenant_id AND u.user_name_key = 'user.' || (60000 + 5 * substr(g.display_name, 6)::integer + m)`);
    for (const [name, size] of Object.entries(sizes)) {
      const group = await scim.group(name);
      groups.set(name, group);
      await put(group, 101, 100 + size);
    }
    await meter.analyze();
  });

  /** Does the same with both, and leaves them as they were. */
  async function compare(act: Action[1]): Promise<readonly [small: Work, large: Work]> {
    const works: Work[] = [];
    for (const [name, group] of groups) {
      const [member, stranger] = [idOf(++known), idOf(++known)];
      await change(add)({ group, member, stranger: member });
      works.push(await workOf(() => act({ group, member, stranger })));
      await scim.patch(`/Groups/${group}`, [
        { op: 'remove', path: 'members', value: [{ value: member }, { value: stranger }] },
      ]);
      const [row] = await api.query('SELECT count(*)::integer AS size FROM group_members WHERE group_id = $1', [group]);
      expect(row).toEqual({ size: sizes[name as keyof typeof sizes] });
    }
    const [small, large] = works as [Work, Work];
    expect(large.rows).toEqual(small.rows);
    expect(large.blocks).toBeLessThanOrEqual(small.blocks + MORE.read);
    return [small, large];
  }

  /** Characters of an answer without tags, which are of any length. */
  const sizeOf = ({ text }: Answer): number => text.replaceAll(/"version":"(?:[^"\\]|\\.)*"/g, '').length;

  const historyOf = async (group: string) => {
    const [row] = await api.query(
      'SELECT octet_length(changes::text) AS bytes FROM group_history WHERE group_id = $1 ORDER BY version DESC LIMIT 1 OFFSET 1',
      [group],
    );
    return row;
  };

  test.each(changes)('%s', async (_, act) => {
    for (const { answer, rows } of await compare(act)) {
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(rows.group_members).toBeLessThanOrEqual(4);
    }
    expect(await historyOf(groups.get('large')!)).toEqual(await historyOf(groups.get('small')!));
  });

  test.each(readings)('%s', async (_, act) => {
    const [small, large] = await compare(act);
    expect(large.answer.status).toBe(200);
    expect(large.answer.text).not.toContain('members');
    expect(sizeOf(large.answer)).toBe(sizeOf(small.answer));
  });

  test.each(departures)('%s', async (_, act) => {
    await compare(act);
  });
});

test('a group that is read without members costs no look at them, with members one at each', async () => {
  const group = await scim.group(
    'Field Team',
    Array.from({ length: 30 }, (_, n) => idOf(n + 1)),
  );
  const read = async (query: string) => (await workOf(() => scim.get(`/Groups/${group}${query}`))).rows.group_members;
  expect([await read('?excludedAttributes=members'), await read('?attributes=displayName')]).toEqual([0, 0]);
  expect(await read('')).toBe(30);
});
