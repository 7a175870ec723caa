import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, keys, startReplicas, type TestApp } from './support/app.ts';
import { DRONAHQ, expectScimError, keptOfGroups, MOUNTS, type Scim, scimAt, STANDARD, urns } from './support/scim.ts';
import { faces, forgetUsers } from './support/users.ts';

let api: TestApp;
let replica: TestApp;
let stop: () => Promise<void>;
let scim: Scim;

beforeAll(async () => {
  ({ api, replica, stop } = await startReplicas({}, {}));
  scim = scimAt(api);
});
afterAll(() => stop());
beforeEach(() => forgetUsers(api));

const versionOf = async (id: string): Promise<number> =>
  Number(((await scim.get(`/Groups/${id}?excludedAttributes=members`)).body.meta.version as string).slice(1, -1));

const historyOf = (id: string) =>
  api.query('SELECT version, dialect, operation, changes FROM group_history WHERE group_id = $1 ORDER BY version', [
    id,
  ]);

/** Some users, by short names. */
async function people<Name extends string>(...names: Name[]): Promise<Record<Name, string>> {
  const entries = await Promise.all(names.map(async (name) => [name, await scim.user(name)] as const));
  return Object.fromEntries(entries) as Record<Name, string>;
}

type Ids = Record<'ann' | 'ben' | 'cem', string>;
interface Change {
  readonly name: string;
  readonly before: (keyof Ids)[];
  readonly operations: (ids: Ids) => object[];
  readonly after: (keyof Ids)[];
}

const value = (id: string) => ({ value: id });

/** A member as it is shown by default. */
const memberOf = (id: string, type: 'User' | 'Group' = 'User', mount: string = STANDARD) => ({
  value: id,
  $ref: `${api.url}${mount}/${type}s/${id}`,
  type,
});

// RFC 7644 3.5.2; the shapes are those that the RFC prints and that Okta and Entra ID send.
const changes: readonly Change[] = [
  {
    name: 'add one',
    before: ['ann'],
    operations: ({ ben }) => [{ op: 'add', path: 'members', value: [value(ben)] }],
    after: ['ann', 'ben'],
  },
  {
    name: 'add one without a list around it',
    before: ['ann'],
    operations: ({ ben }) => [{ op: 'add', path: 'members', value: value(ben) }],
    after: ['ann', 'ben'],
  },
  {
    name: 'add one twice in one request',
    before: [],
    operations: ({ ben }) => [{ op: 'add', path: 'members', value: [value(ben), value(ben)] }],
    after: ['ben'],
  },
  {
    name: 'add without path',
    before: ['ann'],
    operations: ({ ben, cem }) => [{ op: 'add', value: { members: [value(ben), value(cem)] } }],
    after: ['ann', 'ben', 'cem'],
  },
  {
    name: 'add with the URN of the schema before the name',
    before: ['ann'],
    operations: ({ ben }) => [{ op: 'add', path: `${urns.group}:members`, value: [value(ben)] }],
    after: ['ann', 'ben'],
  },
  {
    name: 'add in any case',
    before: ['ann'],
    operations: ({ ben }) => [{ op: 'Add', path: 'MEMBERS', value: [{ VALUE: ben }] }],
    after: ['ann', 'ben'],
  },
  {
    name: 'add with what the server keeps of a member',
    before: ['ann'],
    operations: ({ ben }) => [
      { op: 'add', path: 'members', value: [{ value: ben, display: 'Nobody', type: 'User', $ref: `../Users/${ben}` }] },
    ],
    after: ['ann', 'ben'],
  },
  {
    name: 'remove by filter',
    before: ['ann', 'ben'],
    operations: ({ ann }) => [{ op: 'remove', path: `members[value eq "${ann}"]` }],
    after: ['ben'],
  },
  {
    name: 'remove by a filter of two',
    before: ['ann', 'ben', 'cem'],
    operations: ({ ann, cem }) => [{ op: 'remove', path: `members[value eq "${ann}" or value eq "${cem}"]` }],
    after: ['ben'],
  },
  {
    name: 'remove by a filter of the type',
    before: ['ann', 'ben'],
    operations: () => [{ op: 'remove', path: 'members[type eq "User"]' }],
    after: [],
  },
  {
    name: 'remove by a list of values',
    before: ['ann', 'ben', 'cem'],
    operations: ({ ann, cem }) => [{ op: 'Remove', path: 'members', value: [value(ann), value(cem)] }],
    after: ['ben'],
  },
  {
    name: 'remove a value that is not there',
    before: ['ann'],
    operations: ({ ben }) => [{ op: 'remove', path: 'members', value: [value(ben)] }],
    after: ['ann'],
  },
  {
    name: 'remove all',
    before: ['ann', 'ben'],
    operations: () => [{ op: 'remove', path: 'members' }],
    after: [],
  },
  {
    name: 'replace all',
    before: ['ann', 'ben'],
    operations: ({ ben, cem }) => [{ op: 'replace', path: 'members', value: [value(ben), value(cem)] }],
    after: ['ben', 'cem'],
  },
  {
    name: 'replace with none',
    before: ['ann', 'ben'],
    operations: () => [{ op: 'replace', path: 'members', value: [] }],
    after: [],
  },
  {
    name: 'replace without path',
    before: ['ann'],
    operations: ({ cem }) => [{ op: 'replace', value: { members: [value(cem)], displayName: 'Renamed' } }],
    after: ['cem'],
  },
  // RFC 7644 3.10: a schema is named by its URN. What stands below it is what would stand without.
  {
    name: 'add at the URN of the schema',
    before: ['ann'],
    operations: ({ ben }) => [
      { op: 'add', path: urns.group, value: { displayName: 'Renamed', members: [value(ben)] } },
    ],
    after: ['ann', 'ben'],
  },
  {
    name: 'replace at the URN of the schema',
    before: ['ann'],
    operations: ({ ben }) => [{ op: 'replace', path: urns.group, value: { members: [value(ben)] } }],
    after: ['ben'],
  },
  {
    name: 'add below the URN of the schema, without path',
    before: ['ann'],
    operations: ({ ben }) => [
      { op: 'add', value: { [urns.group]: { members: [value(ben)], displayName: 'Renamed' } } },
    ],
    after: ['ann', 'ben'],
  },
  {
    name: 'replace below the URN of the schema, without path',
    before: ['ann'],
    operations: ({ ben }) => [{ op: 'replace', value: { [urns.group.toUpperCase()]: { MEMBERS: value(ben) } } }],
    after: ['ben'],
  },
  {
    name: 'several operations in order',
    before: ['ann'],
    operations: ({ ann, ben, cem }) => [
      { op: 'add', path: 'members', value: [value(ben)] },
      { op: 'remove', path: `members[value eq "${ann}"]` },
      { op: 'add', path: 'members', value: [value(cem), value(ann)] },
      { op: 'remove', path: `members[value eq "${ben}"]` },
    ],
    after: ['ann', 'cem'],
  },
];

describe('members come and go whole', () => {
  test.each(changes)('$name', async ({ before, operations, after }) => {
    const ids = await people('ann', 'ben', 'cem');
    const group = await scim.group(
      'Field Team',
      before.map((name) => ids[name]),
    );
    expect(await scim.members(group)).toEqual(before.map((name) => ids[name]).toSorted());
    const answer = await scim.patch(`/Groups/${group}`, operations(ids));
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await scim.members(group)).toEqual(after.map((name) => ids[name]).toSorted());
    expect(answer.headers.get('etag')).toBe((await scim.get(`/Groups/${group}`)).headers.get('etag'));
    for (const [name, id] of Object.entries(ids)) {
      expect(await scim.memberships(id), name).toEqual(after.includes(name as keyof Ids) ? { [group]: 'direct' } : {});
    }
  });

  test.each([
    [{ op: 'add', path: urns.group, value: { displayName: 'Renamed', members: 'ann' } }],
    [{ op: 'replace', value: { [urns.group]: { displayName: 'Renamed', members: [{ type: 'User' }] } } }],
  ])('wrong ones are refused with all that came with them: %j', async (operation) => {
    const group = await scim.group('Field Team');
    const before = await keptOfGroups(api);
    expectScimError(await scim.patch(`/Groups/${group}`, [operation]), 400, 'invalidValue');
    expect(await keptOfGroups(api)).toEqual(before);
  });

  test('what came with them at the URN of the schema is changed too', async () => {
    const { ann } = await people('ann');
    const group = await scim.group('Field Team');
    const both = { displayName: 'Renamed', members: [value(ann)] };
    await scim.patch(`/Groups/${group}`, [{ op: 'add', value: { [urns.group]: both } }]);
    expect((await scim.get(`/Groups/${group}`)).body).toMatchObject(both);
  });

  test('a PUT makes the members those of its list', async () => {
    const { ann, ben, cem } = await people('ann', 'ben', 'cem');
    const group = await scim.group('Field Team', [ann, ben], { externalId: 'g-1' });
    const answer = await scim.put(`/Groups/${group}`, {
      schemas: [urns.group],
      id: 'read-only',
      displayName: 'Sea Team',
      members: [value(ben), value(cem)],
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ id: group, displayName: 'Sea Team' });
    expect(answer.body).not.toHaveProperty('externalId');
    expect(await scim.members(group)).toEqual([ben, cem].toSorted());
    await scim.put(`/Groups/${group}`, { schemas: [urns.group], displayName: 'Sea Team' });
    expect(await scim.members(group)).toEqual([]);
  });

  test('what is read can be written back, and moves nothing', async () => {
    const { ann, ben } = await people('ann', 'ben');
    const inner = await scim.group('Inner', [ben]);
    const group = await scim.group('Outer', [ann, inner], { externalId: 'g-1' });
    const read = await scim.get(
      `/Groups/${group}?attributes=displayName,externalId,meta,members.value,members.type,members.display,members.$ref`,
    );
    const before = await keptOfGroups(api);
    const answer = await scim.put(`/Groups/${group}`, read.body);
    expect(answer.status, answer.text).toBe(200);
    expect(await keptOfGroups(api)).toEqual(before);
  });
});

/** Ways to name somebody as a member, of whom there is none. */
const strangers: readonly [what: string, id: () => Promise<string>][] = [
  ['an unknown id', async () => uuidv7()],
  ['no UUID', async () => 'somebody'],
  ['a deleted user', async () => gone('/Users', await scim.user('gone'))],
  ['a deleted group', async () => gone('/Groups', await scim.group('Gone'))],
  ['a user of another tenant', () => scimAt(api, { key: keys.foreign }).user('mallory')],
  ['a group of another tenant', () => scimAt(api, { key: keys.foreign }).group('Mallorys')],
];

async function gone(path: string, id: string): Promise<string> {
  expect((await scim.remove(`${path}/${id}`)).status).toBe(204);
  return id;
}

const draft = (members: readonly unknown[]) => ({ schemas: [urns.group], displayName: 'Field Team', members });

test('UUIDs are read in upper case, and written in lower case', async () => {
  const [ann, bob] = [await scim.user('ann'), await scim.user('bob')];
  const [ANN, BOB] = [ann.toUpperCase(), bob.toUpperCase()];
  const { body: group } = await scim.send('POST', '/Groups', { body: draft([value(ANN), value(ann)]) });
  const path = `/Groups/${group.id.toUpperCase()}`;
  const membersOf = async () => (await scim.get(path)).body.members.map((each: { value: string }) => each.value);
  expect(await membersOf()).toEqual([ann]);
  await scim.patch(path, [{ op: 'add', path: 'members', value: [value(BOB)] }]);
  expect((await membersOf()).toSorted()).toEqual([ann, bob].toSorted());
  await scim.patch(path, [{ op: 'remove', path: `members[value eq "${ANN}"]` }]);
  expect(await membersOf()).toEqual([bob]);
  for (const filter of [
    `id eq "${group.id.toUpperCase()}"`,
    `members.value eq "${BOB}"`,
    `members[value eq "${BOB}"]`,
  ]) {
    expect((await scim.list('/Groups', { filter })).body.totalResults, filter).toBe(1);
  }
  for (const filter of [`id eq "${BOB}"`, `groups.value eq "${group.id.toUpperCase()}"`]) {
    expect((await scim.list('/Users', { filter })).body.Resources, filter).toMatchObject([{ id: bob }]);
  }
  const done = await scim.bulk([{ method: 'DELETE', path: `/Users/${BOB}` }]);
  expect(done.body.Operations).toMatchObject([{ status: '204' }]);
  expect(await membersOf()).toEqual([]);
});

describe('a member that is not there is refused, and nothing moves', () => {
  const ways = {
    'by POST': (_: string, stranger: string) => scim.send('POST', '/Groups', { body: draft([value(stranger)]) }),
    'by PUT': (id: string, stranger: string) => scim.put(`/Groups/${id}`, draft([value(stranger)])),
    'by PATCH': (id: string, stranger: string) =>
      scim.patch(`/Groups/${id}`, [
        { op: 'replace', path: 'displayName', value: 'Renamed' },
        { op: 'add', path: 'members', value: [value(stranger)] },
      ]),
  };
  describe.each(Object.entries(ways))('%s', (_, send) => {
    test.each(strangers)('%s', async (_what, id) => {
      const group = await scim.group('Field Team', [await scim.user('ann')]);
      const stranger = await id();
      const before = await keptOfGroups(api);
      expectScimError(await send(group, stranger), 400, 'invalidValue');
      expect(await keptOfGroups(api)).toEqual(before);
    });
  });

  const toItself: Readonly<Record<string, (id: string, members: readonly object[]) => Promise<Answer>>> = {
    PUT: (id, members) => scim.put(`/Groups/${id}`, draft(members)),
    'PATCH add': (id, members) => scim.patch(`/Groups/${id}`, [{ op: 'add', path: 'members', value: members }]),
    'PATCH add without path': (id, members) => scim.patch(`/Groups/${id}`, [{ op: 'add', value: { members } }]),
    'PATCH replace': (id, members) => scim.patch(`/Groups/${id}`, [{ op: 'replace', path: 'members', value: members }]),
    'PATCH add at a filter': (id, members) =>
      scim.patch(`/Groups/${id}`, [{ op: 'add', path: `members[value eq "${id}"]`, value: members[0] }]),
    'bare PATCH': (id, members) => api.request('PATCH', `${DRONAHQ[0]}/Groups/${id}`, { body: { members } }),
  };

  test.each(Object.entries(toItself))('a group as its own member, by %s: 400 that says so', async (_, send) => {
    const { ann } = await people('ann');
    const group = await scim.group('Field Team');
    const before = await keptOfGroups(api);
    for (const members of [[value(group)], [value(group), value(ann)], [{ value: group, type: 'Group' }]]) {
      const answer = await send(group, members);
      expectScimError(answer, 400, 'invalidValue');
      expect(answer.body.detail).toContain(`members: "${group}" is this group: a group cannot be its own member`);
      expect(await keptOfGroups(api)).toEqual(before);
    }
  });

  test('a group as its own member, in Bulk: 400 that says so', async () => {
    const group = await scim.group('Field Team');
    const before = await keptOfGroups(api);
    const { body } = await scim.bulk([
      { method: 'PUT', path: `/Groups/${group}`, data: draft([value(group)]) },
      { method: 'POST', path: '/Groups', bulkId: 'self', data: draft([value('bulkId:self')]) },
    ]);
    for (const result of body.Operations) {
      expect(result).toMatchObject({ status: '400', response: { scimType: 'invalidValue' } });
      expect(result.response.detail).toContain('a group cannot be its own member');
    }
    const { groups, members } = await keptOfGroups(api);
    expect((groups as { deleted_at: unknown }[]).filter((each) => each.deleted_at === null)).toEqual(before.groups);
    expect(members).toEqual([]);
  });

  test.each([
    ['no value', { type: 'User' }],
    ['a number', { value: 7 }],
    ['an unknown part', { value: uuidv7(), shoeSize: 44 }],
  ])('a member with %s', async (_, member) => {
    const group = await scim.group('Field Team');
    const before = await keptOfGroups(api);
    expectScimError(await scim.patch(`/Groups/${group}`, [{ op: 'add', path: 'members', value: [member] }]), 400);
    expect(await keptOfGroups(api)).toEqual(before);
  });

  test('removing somebody that is not there is none of these', async () => {
    const group = await scim.group('Field Team');
    const operation = { op: 'remove', path: 'members', value: [value('somebody')] };
    expect((await scim.patch(`/Groups/${group}`, [operation])).status).toBe(204);
  });
});

describe('nested groups', () => {
  test('a user shows at once which it belongs to, and how', async () => {
    const { ann } = await people('ann');
    const inner = await scim.group('Inner', [ann]);
    const middle = await scim.group('Middle', [inner]);
    const outer = await scim.group('Outer', [middle]);
    expect(await scim.memberships(ann)).toEqual({ [inner]: 'direct', [middle]: 'indirect', [outer]: 'indirect' });

    await scim.patch(`/Groups/${outer}`, [{ op: 'add', path: 'members', value: [value(ann)] }]);
    expect(await scim.memberships(ann)).toEqual({ [inner]: 'direct', [middle]: 'indirect', [outer]: 'direct' });

    await scim.patch(`/Groups/${middle}`, [{ op: 'remove', path: 'members' }]);
    expect(await scim.memberships(ann)).toEqual({ [inner]: 'direct', [outer]: 'direct' });
    expect(await scimAt(replica).memberships(ann)).toEqual({ [inner]: 'direct', [outer]: 'direct' });
  });

  test('what a user shows of a group is its name, type and address', async () => {
    const { ann } = await people('ann');
    const inner = await scim.group('Inner', [ann]);
    await scim.patch(`/Groups/${inner}`, [{ op: 'replace', path: 'displayName', value: 'Renamed' }]);
    const { body } = await scim.get(`/Users/${ann}`);
    expect(body.groups).toEqual([
      {
        value: inner,
        display: 'Renamed',
        type: 'direct',
        $ref: expect.stringMatching(new RegExp(`/scim/v2/Groups/${inner}$`)) as string,
      },
    ]);
  });

  test('a circle ends nobody in a loop', async () => {
    const { ann, ben } = await people('ann', 'ben');
    const one = await scim.group('One', [ann]);
    const two = await scim.group('Two', [one, ben]);
    const three = await scim.group('Three', [two]);
    const closing = await scim.patch(`/Groups/${one}`, [{ op: 'add', path: 'members', value: [value(three)] }]);
    expect(closing.status).toBe(204);
    expect(await scim.memberships(ann)).toEqual({ [one]: 'direct', [two]: 'indirect', [three]: 'indirect' });
    expect(await scim.memberships(ben)).toEqual({ [two]: 'direct', [one]: 'indirect', [three]: 'indirect' });
    expect((await scim.list('/Users', { filter: `groups.value eq "${three}"` })).body.totalResults).toBe(2);
  });

  test('groups are read only on users (RFC 7643 4.1.2)', async () => {
    const { ann } = await people('ann');
    const group = await scim.group('Field Team');
    await scim.put(`/Users/${ann}`, { ...faces.scim.draft('ann'), groups: [value(group)] });
    expect(await scim.memberships(ann)).toEqual({});
    const written = await scim.patch(`/Users/${ann}`, [{ op: 'add', path: 'groups', value: [value(group)] }]);
    expectScimError(written, 400, 'mutability');
  });
});

// Okta replays what it read. The address of a group says where it was read, and not what it is.
describe('what was read of a user in groups may be repeated in a PATCH', () => {
  test.each([
    ['with the addresses', (groups: object[]) => groups],
    ['without', (groups: object[]) => groups.map((group) => ({ ...group, $ref: undefined }))],
  ])('%s', async (_, form) => {
    const { ann } = await people('ann');
    await scim.group('Outer', [await scim.group('Inner', [ann])]);
    const { body } = await scim.get(`/Users/${ann}`);
    expect(body.groups).toEqual([
      expect.objectContaining({ $ref: expect.any(String) as string }),
      expect.objectContaining({ $ref: expect.any(String) as string }),
    ]);
    const replay = { ...body, groups: form(body.groups as object[]), title: 'Surveyor' };
    const answer = await scim.patch(`/Users/${ann}`, [{ op: 'replace', value: replay }]);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ title: 'Surveyor', groups: body.groups as object[] });
    const other = { groups: [{ ...body.groups[0], value: uuidv7() }, body.groups[1]] };
    expectScimError(await scim.patch(`/Users/${ann}`, [{ op: 'replace', value: other }]), 400, 'mutability');
  });
});

describe('what of a group is shown', () => {
  test.each([
    ['', ['displayName', 'id', 'members', 'meta', 'schemas']],
    ['excludedAttributes=members', ['displayName', 'id', 'meta', 'schemas']],
    [`excludedAttributes=${urns.group}:members`, ['displayName', 'id', 'meta', 'schemas']],
    ['attributes=members', ['id', 'members', 'schemas']],
    ['attributes=displayName', ['displayName', 'id', 'schemas']],
    [`attributes=${urns.group}:members.value`, ['id', 'members', 'schemas']],
    [`attributes=${urns.group}`, ['displayName', 'id', 'members', 'schemas']],
  ])('?%s', async (query, names) => {
    const { ann } = await people('ann');
    const group = await scim.group('Field Team', [ann]);
    for (const answer of [
      await scim.get(`/Groups/${group}?${query}`),
      await scim.patch(`/Groups/${group}?${query || 'attributes='}`, []),
    ]) {
      if (answer.status === 204) continue;
      expect(
        Object.keys(answer.body)
          .filter((name) => name !== 'meta')
          .toSorted(),
      ).toEqual(names.filter((name) => name !== 'meta'));
      if (!names.includes('members')) continue;
      const shown = query.endsWith('members.value') ? value(ann) : memberOf(ann);
      expect(answer.body.members).toEqual([shown]);
    }
    const [listed] = (await scim.get(`/Groups?${query}`)).body.Resources;
    expect(listed).toEqual((await scim.get(`/Groups/${group}?${query}`)).body);
  });

  test('members.display is the name of the user or the group', async () => {
    const ann = await scim.user('ann', { displayName: 'Ann Ås' });
    const ben = await scim.user('ben');
    const inner = await scim.group('Inner');
    const group = await scim.group('Outer', [ann, ben, inner]);
    const { body } = await scim.get(
      `/Groups/${group}?attributes=members.display,members.value,members.type,members.$ref`,
    );
    const at = (path: string) => expect.stringMatching(new RegExp(`/scim/v2${path}$`)) as string;
    expect(body.members).toHaveLength(3);
    expect(body.members).toEqual(
      expect.arrayContaining([
        { value: ann, display: 'Ann Ås', type: 'User', $ref: at(`/Users/${ann}`) },
        { value: ben, display: 'ben', type: 'User', $ref: at(`/Users/${ben}`) },
        { value: inner, display: 'Inner', type: 'Group', $ref: at(`/Groups/${inner}`) },
      ]),
    );
  });
});

// RFC 7643 2.2: "request" is returned when the client names it, whatever else it names.
test.each(['members,members.display', `${urns.group},members.display`, `${urns.group},${urns.group}:members.display`])(
  'attributes=%s shows the whole of a member, and its name besides',
  async (attributes) => {
    const { ann } = await people('ann');
    const group = await scim.group('Field Team', [ann]);
    const { body } = await scim.get(`/Groups/${group}?attributes=${attributes}`);
    expect(body.members).toEqual([{ ...memberOf(ann), display: 'ann' }]);
  },
);

describe('displayName of 1,024 characters', () => {
  /** Letters whose UTF-8 has three bytes, in an order that does not compress. */
  const letters = (count: number, seed = 1): string => {
    let state = seed;
    return Array.from({ length: count }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return String.fromCodePoint(0x4e00 + (state % 20_000));
    }).join('');
  };
  const body = (displayName: string) => ({ schemas: [urns.group], displayName });
  const writes: Readonly<Record<string, (id: string, name: string) => Promise<Answer>>> = {
    POST: (_, name) => scim.send('POST', '/Groups', { body: body(name) }),
    PUT: (id, name) => scim.put(`/Groups/${id}`, body(name)),
    PATCH: (id, name) => scim.patch(`/Groups/${id}`, [{ op: 'replace', path: 'displayName', value: name }]),
    'bare PATCH': (id, name) => api.request('PATCH', `${DRONAHQ[0]}/Groups/${id}`, { body: { displayName: name } }),
  };
  const names = {
    'one byte each': 'x'.repeat(1024),
    'three bytes each': letters(1024),
    'that fold to more': 'ﷺ'.repeat(1024),
  };

  describe.each(Object.entries(writes))('by %s', (_, write) => {
    test.each(Object.entries(names))('%s is stored, found, sorted by and shown', async (_what, name) => {
      const group = await scim.group('Team');
      const answer = await write(group, name);
      expect(answer.status, answer.text).toBeLessThan(300);
      const { body: found } = await scim.search('/Groups', {
        filter: `displayName eq "${name}"`,
        sortBy: 'displayName',
      });
      expect(found.Resources.map((each: { displayName: string }) => each.displayName)).toEqual([name]);
      expect((await scim.search('/Groups', { filter: `displayName eq "${name.slice(1)}"` })).body.totalResults).toBe(0);
    });

    test.each([1025, 5000])('%i characters are 400 and change nothing', async (length) => {
      const group = await scim.group('Team');
      const before = await keptOfGroups(api);
      expectScimError(await write(group, 'x'.repeat(length)), 400, 'invalidValue');
      expect(await keptOfGroups(api)).toEqual(before);
    });
  });

  test('names that begin alike are told apart by filters and in order', async () => {
    const beginning = letters(1000, 7);
    for (const end of ['b', 'c', 'a']) await scim.group(beginning + end);
    const ends = ({ body: list }: Answer) =>
      list.Resources.map((each: { displayName: string }) => each.displayName.slice(beginning.length));
    for (const end of ['A', 'b']) {
      const answer = await scim.search('/Groups', { filter: `displayName eq "${beginning}${end}"` });
      expect(ends(answer)).toEqual([end.toLowerCase()]);
    }
    expect(ends(await scim.list('/Groups', { sortBy: 'displayName' }))).toEqual(['a', 'b', 'c']);
    expect(ends(await scim.list('/Groups', { sortBy: 'displayName', sortOrder: 'descending' }))).toEqual([
      'c',
      'b',
      'a',
    ]);
  });

  test('a user shows such groups, and is found by them', async () => {
    const { ann } = await people('ann');
    const name = letters(1024, 3);
    await scim.group(name, [ann]);
    expect((await scim.get(`/Users/${ann}`)).body.groups[0].display).toBe(name);
    const { body: found } = await scim.search('/Users', { filter: `groups.display eq "${name}"` });
    expect(found.totalResults).toBe(1);
  });
});

describe('members (RFC 7643 4.2, 8.7.1)', () => {
  describe.each(MOUNTS)('at %s', (mount) => {
    test('show value, $ref and type, and display at the DronaHQ mounts alone, on every way to read a group', async () => {
      const own = scimAt(api, { mount });
      const ann = await own.user('ann');
      const inner = await own.group('Inner');
      const body = { schemas: [urns.group], displayName: 'Outer', members: [value(ann), value(inner)] };
      const created = await own.send('POST', '/Groups', { body });
      const path = `/Groups/${created.body.id}`;
      const expected = [memberOf(ann, 'User', mount), memberOf(inner, 'Group', mount)];
      const byValue = (members: { value: string }[]) => members.toSorted((a, b) => (a.value < b.value ? -1 : 1));
      const { body: listed } = await own.list('/Groups', { filter: 'displayName eq "Outer"' });
      const { body: searched } = await own.search('/Groups', { filter: 'displayName eq "Outer"' });
      const { body: found } = await own.search('', { filter: 'displayName eq "Outer"' });
      const shown = {
        POST: created.body,
        GET: (await own.get(path)).body,
        'GET of members alone': (await own.get(`${path}?attributes=members`)).body,
        PUT: (await own.put(path, { ...body, externalId: 'x' })).body,
        PATCH: (await own.patch(`${path}?attributes=members`, [{ op: 'replace', path: 'externalId', value: 'y' }]))
          .body,
        list: listed.Resources[0],
        '.search': searched.Resources[0],
        'root .search': found.Resources[0],
      };
      for (const [way, group] of Object.entries(shown)) {
        const members = byValue(group.members as { value: string }[]) as { display?: string }[];
        const isNamed = mount !== STANDARD && !way.includes('members alone') && way !== 'PATCH';
        expect(
          members.every(({ display }) => (display !== undefined) === isNamed),
          way,
        ).toBe(true);
        expect(
          members.map((member) => ({ ...member, display: undefined })),
          way,
        ).toEqual(byValue(expected));
      }
    });

    test('of an empty group are an empty list, wherever they are asked for', async () => {
      const own = scimAt(api, { mount });
      const created = await own.send('POST', '/Groups', { body: { schemas: [urns.group], displayName: 'Empty' } });
      const path = `/Groups/${created.body.id}`;
      const first = async (answer: Promise<Answer>) => (await answer).body.Resources[0];
      const shown = {
        POST: created.body,
        GET: (await own.get(path)).body,
        'attributes=members': (await own.get(`${path}?attributes=members`)).body,
        'attributes=members.value': (await own.get(`${path}?attributes=members.value`)).body,
        'attributes=members.display': (await own.get(`${path}?attributes=members.display`)).body,
        'excludedAttributes=displayName': (await own.get(`${path}?excludedAttributes=displayName`)).body,
        PUT: (await own.put(path, { schemas: [urns.group], displayName: 'Empty' })).body,
        list: await first(own.list('/Groups')),
        '.search': await first(own.search('/Groups', {})),
        'root .search': await first(own.search('', { attributes: ['members'] })),
      };
      for (const [way, group] of Object.entries(shown)) expect(group.members, way).toEqual([]);
    });

    test.each(['excludedAttributes=members', 'attributes=displayName', `excludedAttributes=${urns.group}`])(
      'of an empty group are not there with %s',
      async (query) => {
        const own = scimAt(api, { mount });
        const group = await own.group('Empty');
        expect((await own.get(`/Groups/${group}?${query}`)).body).not.toHaveProperty('members');
        expect((await own.get(`/Groups?${query}`)).body.Resources[0]).not.toHaveProperty('members');
      },
    );

    test('that left are an empty list', async () => {
      const own = scimAt(api, { mount });
      const ann = await own.user('ann');
      const group = await own.group('Team', [ann]);
      await own.remove(`/Users/${ann}`);
      expect((await own.get(`/Groups/${group}`)).body.members).toEqual([]);
    });
  });

  test('sent back as they are shown change nothing', async () => {
    const { ann } = await people('ann');
    const group = await scim.group('Team', [ann, await scim.group('Inner')]);
    const path = `/Groups/${group}`;
    const { body } = await scim.get(`${path}?attributes=displayName,members,members.display`);
    const before = await keptOfGroups(api);
    expect((await scim.put(path, body)).status).toBe(200);
    expect((await scim.patch(path, [{ op: 'replace', path: 'members', value: body.members }])).status).toBe(204);
    expect(await keptOfGroups(api)).toEqual(before);
  });
});

describe('somebody who is deleted', () => {
  test.each(['Users', 'Groups'])('leaves every group, each of which moves: of /%s', async (type) => {
    const { ann } = await people('ann');
    const leaving = type === 'Users' ? await scim.user('leaving') : await scim.group('Leaving', [ann]);
    const [one, two, other] = [
      await scim.group('One', [leaving, ann]),
      await scim.group('Two', [leaving]),
      await scim.group('Other', [ann]),
    ];
    const seen = (await scim.get(`/Groups/${one}`)).headers.get('etag')!;
    expect((await scim.remove(`/${type}/${leaving}`)).status).toBe(204);
    expect(await scim.members(one)).toEqual([ann]);
    expect(await scim.members(two)).toEqual([]);
    expect([await versionOf(one), await versionOf(two), await versionOf(other)]).toEqual([2, 2, 1]);
    expect((await scim.get(`/Groups/${one}`, { headers: { 'if-none-match': seen } })).status).toBe(200);
    expect((await historyOf(two)).at(-1)).toMatchObject({ version: 2, changes: { members: { removed: [leaving] } } });
    expect(await api.query('SELECT * FROM group_members WHERE member_id = $1 OR group_id = $1', [leaving])).toEqual([]);
    expect(await scim.memberships(ann)).toEqual({ [one]: 'direct', [other]: 'direct' });
  });

  test.each(['v1', 'scim'] as const)('through %s', async (tongue) => {
    const { ann } = await people('ann');
    const group = await scim.group('Field Team', [ann]);
    await api.request('DELETE', faces[tongue].user(ann));
    expect(await scim.members(group)).toEqual([]);
    expect((await historyOf(group)).at(-1)).toMatchObject({ version: 2, dialect: tongue, operation: 'deleteUser' });
  });

  test('while it comes to groups, belongs to none in the end', async () => {
    const rounds = Array.from({ length: 12 }, (_, round) => round);
    for (const round of rounds) {
      const leaving = round % 2 === 0 ? await scim.user(`leaving-${round}`) : await scim.group(`Leaving ${round}`);
      const groups = await Promise.all([1, 2, 3].map((each) => scim.group(`${round} ${each}`)));
      const add = [{ op: 'add', path: 'members', value: [value(leaving)] }];
      const answers = await Promise.all([
        scimAt(replica).remove(`/${round % 2 === 0 ? 'Users' : 'Groups'}/${leaving}`),
        ...groups.map((group, index) => scimAt(index % 2 ? api : replica).patch(`/Groups/${group}`, add)),
      ]);
      expect(answers[0].status, answers[0].text).toBe(204);
      for (const { status, text } of answers.slice(1)) expect([204, 400], text).toContain(status);
      expect(await api.query('SELECT * FROM group_members WHERE member_id = $1', [leaving])).toEqual([]);
    }
  });
});

describe('many writers at once', () => {
  const replicas = (): Scim[] => [scimAt(api), scimAt(replica)];

  test('lose no member, on two replicas', async () => {
    const users = await Promise.all(Array.from({ length: 40 }, (_, index) => scim.user(`user-${index}`)));
    const group = await scim.group('Field Team', users.slice(0, 10));
    const [one, two] = replicas();
    const answers = await Promise.all(
      users.map((user, index) => {
        const by = index % 2 ? one! : two!;
        const op = index < 10 ? 'remove' : 'add';
        return by.patch(`/Groups/${group}`, [{ op, path: 'members', value: [value(user)] }]);
      }),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect(await scim.members(group)).toEqual(users.slice(10).toSorted());
    expect(await versionOf(group)).toBe(41);
    const history = await historyOf(group);
    expect(history.map(({ version }) => version)).toEqual(Array.from({ length: 41 }, (_, index) => index + 1));
    expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).toBe(40);
  });

  test('one user comes to many groups', async () => {
    const { ann } = await people('ann');
    const groups = await Promise.all(Array.from({ length: 20 }, (_, index) => scim.group(`Group ${index}`)));
    const [one, two] = replicas();
    await Promise.all(
      groups.map((group, index) =>
        (index % 2 ? one! : two!).patch(`/Groups/${group}`, [{ op: 'add', path: 'members', value: [value(ann)] }]),
      ),
    );
    expect(await scim.memberships(ann)).toEqual(Object.fromEntries(groups.map((group) => [group, 'direct'])));
  });

  test('groups come to each other', async () => {
    for (const round of [1, 2, 3, 4, 5, 6]) {
      const [left, right] = [await scim.group(`Left ${round}`), await scim.group(`Right ${round}`)];
      const [one, two] = replicas();
      const answers = await Promise.all([
        one!.patch(`/Groups/${left}`, [{ op: 'add', path: 'members', value: [value(right)] }]),
        two!.patch(`/Groups/${right}`, [{ op: 'add', path: 'members', value: [value(left)] }]),
      ]);
      expect(answers.map(({ status, text }) => [status, text])).toEqual([
        [204, ''],
        [204, ''],
      ]);
      expect([await scim.members(left), await scim.members(right)]).toEqual([[right], [left]]);
    }
  });

  test('one of them wins with If-Match', async () => {
    const users = await Promise.all(Array.from({ length: 8 }, (_, index) => scim.user(`user-${index}`)));
    const group = await scim.group('Field Team');
    const [one, two] = replicas();
    const answers = await Promise.all(
      users.map((user, index) =>
        (index % 2 ? one! : two!).patch(`/Groups/${group}`, [{ op: 'add', path: 'members', value: [value(user)] }], {
          headers: { 'if-match': '"1"' },
        }),
      ),
    );
    const won = answers.flatMap(({ status }, index) => (status === 204 ? [users[index]!] : []));
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(7);
    expect(await scim.members(group)).toEqual(won);
  });
});

describe('the version of a group', () => {
  type Step = readonly [what: string, operations: (ids: { ann: string; ben: string }) => object[]];
  const nothing: readonly Step[] = [
    ['the members that it has', ({ ann }) => [{ op: 'add', path: 'members', value: [value(ann)] }]],
    ['its members instead of its members', ({ ann }) => [{ op: 'replace', path: 'members', value: [value(ann)] }]],
    ['its name', () => [{ op: 'replace', path: 'displayName', value: 'Field Team' }]],
    ['nobody that leaves', ({ ben }) => [{ op: 'remove', path: `members[value eq "${ben}"]` }]],
    ['no operation', () => []],
    [
      'somebody who comes and leaves',
      ({ ben }) => [
        { op: 'add', path: 'members', value: [value(ben)] },
        { op: 'remove', path: 'members', value: [value(ben)] },
      ],
    ],
    [
      'somebody who leaves and comes back',
      ({ ann }) => [
        { op: 'remove', path: 'members' },
        { op: 'add', path: 'members', value: [value(ann)] },
      ],
    ],
  ];
  test.each(nothing)('stays where nothing changes: %s', async (_, operations) => {
    const ids = await people('ann', 'ben');
    const group = await scim.group('Field Team', [ids.ann]);
    const before = await scim.get(`/Groups/${group}`);
    const answer = await scim.patch(`/Groups/${group}`, operations(ids));
    expect([answer.status, answer.headers.get('etag')]).toEqual([204, '"1"']);
    expect((await scim.get(`/Groups/${group}`)).text).toBe(before.text);
    expect(await historyOf(group)).toHaveLength(1);
  });

  test('stays in a PUT of what there is', async () => {
    const { ann } = await people('ann');
    const group = await scim.group('Field Team', [ann], { externalId: 'g-1' });
    const before = await scim.get(`/Groups/${group}`);
    expect((await scim.put(`/Groups/${group}`, before.body)).text).toBe(before.text);
    expect(await historyOf(group)).toHaveLength(1);
  });

  test('and its history follow every change', async () => {
    const { ann, ben } = await people('ann', 'ben');
    const group = await scim.group('Field Team', [ann], { externalId: 'g-1' });
    await scim.patch(`/Groups/${group}`, [
      { op: 'replace', path: 'displayName', value: 'Sea Team' },
      { op: 'remove', path: 'externalId' },
      { op: 'replace', path: 'members', value: [value(ben)] },
    ]);
    await scim.put(`/Groups/${group}`, { schemas: [urns.group], displayName: 'Sea Team' });
    await scim.remove(`/Groups/${group}`);
    const of = { dialect: 'scim' };
    const own = { domain: 'default', value: 'g-1' };
    expect(await historyOf(group)).toEqual([
      {
        ...of,
        version: 1,
        operation: 'createGroup',
        changes: { displayName: { new: 'Field Team' }, externalIds: { new: [own] }, members: { added: [ann] } },
      },
      {
        ...of,
        version: 2,
        operation: 'patchGroup',
        changes: {
          displayName: { old: 'Field Team', new: 'Sea Team' },
          externalIds: { old: [own] },
          members: { added: [ben], removed: [ann] },
        },
      },
      { ...of, version: 3, operation: 'replaceGroup', changes: { members: { removed: [ben] } } },
      { ...of, version: 4, operation: 'deleteGroup', changes: expect.any(Object) as object },
    ]);
  });
});

describe('If-Match', () => {
  const writes = {
    PATCH: (id: string, headers: Record<string, string>) =>
      scim.patch(`/Groups/${id}`, [{ op: 'replace', path: 'displayName', value: 'New' }], { headers }),
    PUT: (id: string, headers: Record<string, string>) =>
      scim.put(`/Groups/${id}`, { schemas: [urns.group], displayName: 'New' }, { headers }),
    DELETE: (id: string, headers: Record<string, string>) => scim.remove(`/Groups/${id}`, { headers }),
  };
  test.each([
    ['"1"', false],
    ['*', true],
    ['"2"', true],
    ['"1", "2"', true],
    ['"3"', false],
    // RFC 7644 3.14 prints weak tags.
    ['W/"2"', true],
    ['W/"1", W/"2"', true],
    ['W/"1"', false],
  ])('%s of a group at version 2', async (ifMatch, holds) => {
    for (const [method, write] of Object.entries(writes)) {
      const group = await scim.group(method);
      await scim.patch(`/Groups/${group}`, [{ op: 'replace', path: 'externalId', value: method }]);
      const before = await keptOfGroups(api);
      const answer = await write(group, { 'if-match': ifMatch });
      expect(answer.status < 300, answer.text).toBe(holds);
      if (holds) continue;
      expectScimError(answer, 412);
      expect(await keptOfGroups(api)).toEqual(before);
    }
  });
});

describe('return=preview', () => {
  test('says what would change, and writes nothing', async () => {
    const { ann, ben } = await people('ann', 'ben');
    const group = await scim.group('Field Team', [ann]);
    const before = await keptOfGroups(api);
    const answer = await scim.patch(
      `/Groups/${group}`,
      [
        { op: 'replace', path: 'displayName', value: 'Sea Team' },
        { op: 'replace', path: 'members', value: [value(ben)] },
      ],
      { headers: { prefer: 'return=preview' } },
    );
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([200, 'return=preview']);
    expect(answer.body).toEqual({
      changes: {
        displayName: { old: 'Field Team', new: 'Sea Team' },
        members: { old: [value(ann)], new: [value(ben)] },
      },
    });
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(await keptOfGroups(api)).toEqual(before);
  });

  test('of what would be refused is the refusal', async () => {
    const group = await scim.group('Field Team');
    const operation = { op: 'add', path: 'members', value: [value(uuidv7())] };
    const headers = { prefer: 'return=preview' };
    expectScimError(await scim.patch(`/Groups/${group}`, [operation], { headers }), 400, 'invalidValue');
  });
});

describe('externalId', () => {
  const taken = { schemas: [urns.group], displayName: 'Field Team', externalId: 'g-1' };
  const taking = [
    { op: 'replace', path: 'externalId', value: 'g-1' },
    { op: 'replace', path: 'displayName', value: 'FIELD team' },
  ];

  // Microsoft's collection: "Create a duplicate Group" posts the same displayName and externalId and expects 409.
  test('and displayName of another group are 409 uniqueness, and nothing changes', async () => {
    const group = await scim.group('Field Team', [], { externalId: 'g-1' });
    const other = await scim.group('Other', [], { externalId: 'g-2' });
    const nameless = await scim.group('field team');
    const before = await keptOfGroups(api);
    expectScimError(await scim.send('POST', '/Groups', { body: taken }), 409, 'uniqueness');
    expectScimError(await scim.put(`/Groups/${other}`, taken), 409, 'uniqueness');
    expectScimError(await scim.patch(`/Groups/${other}`, taking), 409, 'uniqueness');
    expectScimError(await scim.patch(`/Groups/${nameless}`, taking.slice(0, 1)), 409, 'uniqueness');
    const message = { schemas: [urns.patchOp], Operations: taking };
    const bulk = await scim.bulk([
      { method: 'POST', path: '/Groups', bulkId: 'g', data: taken },
      { method: 'PUT', path: `/Groups/${other}`, data: taken },
      { method: 'PATCH', path: `/Groups/${other}`, data: message },
    ]);
    for (const { status, response } of bulk.body.Operations) {
      expect([status, response.scimType]).toEqual(['409', 'uniqueness']);
    }
    const headers = { prefer: 'return=preview' };
    expectScimError(await scim.patch(`/Groups/${other}`, taking, { headers }), 409, 'uniqueness');
    expect(await keptOfGroups(api)).toEqual(before);
    await scim.remove(`/Groups/${group}`);
    expect((await scim.patch(`/Groups/${other}`, taking)).status).toBe(204);
  });

  test('is free again once its group has another name or another externalId', async () => {
    const group = await scim.group('Field Team', [], { externalId: 'g-1' });
    await scim.patch(`/Groups/${group}`, [{ op: 'replace', path: 'displayName', value: 'Sea Team' }]);
    const second = await scim.group('Field Team', [], { externalId: 'g-1' });
    await scim.patch(`/Groups/${second}`, [{ op: 'remove', path: 'externalId' }]);
    await scim.group('Field Team', [], { externalId: 'g-1' });
    expectScimError(await scim.patch(`/Groups/${second}`, taking), 409, 'uniqueness');
  });

  test('or displayName alone may be that of another group', async () => {
    await scim.group('Field Team', [], { externalId: 'g-1' });
    await scim.group('Field Team');
    await scim.group('Field Team');
    await scim.group('Field Team', [], { externalId: 'g-2' });
    await scim.group('Sea Team', [], { externalId: 'g-1' });
    expect((await scim.list('/Groups')).body.totalResults).toBe(5);
  });

  test('of a user, of another tenant, and in other case are others', async () => {
    await scim.group('Field Team', [], { externalId: 'g-1' });
    await scim.user('ann', { externalId: 'g-1' });
    await scim.group('Field Team', [], { externalId: 'G-1' });
    await scimAt(api, { key: keys.foreign }).group('Field Team', [], { externalId: 'g-1' });
    expect((await scim.list('/Groups')).body.totalResults).toBe(2);
  });

  test('is taken once, however many ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        scimAt(index % 2 ? api : replica).send('POST', '/Groups', { body: taken }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(9).fill(409)]);
  });
});

describe('a name', () => {
  test('may be that of another group', async () => {
    expect(await scim.group('Field Team')).not.toBe(await scim.group('Field Team'));
  });

  test.each([
    ['missing', { schemas: [urns.group] }],
    ['null', { schemas: [urns.group], displayName: null }],
    ['a number', { schemas: [urns.group], displayName: 7 }],
    ['empty', { schemas: [urns.group], displayName: '' }],
    ['U+0000', { schemas: [urns.group], displayName: 'a\u0000b' }],
    ['half a character', { schemas: [urns.group], displayName: 'a\ud800' }],
  ])('is needed, and is text: %s', async (_, body) => {
    const group = await scim.group('Field Team');
    const before = await keptOfGroups(api);
    expectScimError(await scim.send('POST', '/Groups', { body }), 400);
    expectScimError(await scim.put(`/Groups/${group}`, body), 400);
    if ('displayName' in body) {
      const operation = { op: 'replace', path: 'displayName', value: body.displayName };
      expectScimError(await scim.patch(`/Groups/${group}`, [operation]), 400);
    }
    expectScimError(await scim.patch(`/Groups/${group}`, [{ op: 'remove', path: 'displayName' }]), 400);
    expect(await keptOfGroups(api)).toEqual(before);
  });
});

test('members are changed by adding and removing whole values (RFC 7643 8.7.1)', async () => {
  const { ann, ben } = await people('ann', 'ben');
  const group = await scim.group('Field Team', [ann]);
  const before = await keptOfGroups(api);
  for (const operation of [
    { op: 'replace', path: 'members.value', value: ben },
    { op: 'replace', path: `members[value eq "${ann}"].value`, value: ben },
    { op: 'replace', path: `members[value eq "${ann}"]`, value: { value: ben } },
  ]) {
    expectScimError(await scim.patch(`/Groups/${group}`, [operation]), 400, 'mutability');
  }
  expect(await keptOfGroups(api)).toEqual(before);
});

describe('an Idempotency-Key', () => {
  const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });

  test('makes one group of a request that is sent twice', async () => {
    const { ann } = await people('ann');
    const send = (by: TestApp) => scimAt(by).send('POST', '/Groups', { body: draft([value(ann)]), ...keyed('one') });
    const [first, again] = [await send(api), await send(replica)];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await scim.list('/Groups')).body.totalResults).toBe(1);
  });

  test.each(['PATCH', 'PUT', 'DELETE'])('answers %s again as at first, whatever came between', async (method) => {
    const { ann, ben } = await people('ann', 'ben');
    const group = await scim.group('Field Team', [ann]);
    const send = () =>
      method === 'PATCH'
        ? scim.patch(`/Groups/${group}`, [{ op: 'add', path: 'members', value: [value(ben)] }], keyed('two'))
        : method === 'PUT'
          ? scim.put(`/Groups/${group}`, draft([value(ben)]), keyed('two'))
          : scim.remove(`/Groups/${group}`, keyed('two'));
    const first = await send();
    if (method !== 'DELETE') await scim.patch(`/Groups/${group}`, [{ op: 'remove', path: 'members' }]);
    const before = await keptOfGroups(api);
    const again = await send();
    expect([again.status, again.text, again.headers.get('etag')]).toEqual([
      first.status,
      first.text,
      first.headers.get('etag'),
    ]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await keptOfGroups(api)).toEqual(before);
  });
});

describe('another tenant', () => {
  test('sees and changes nothing of a group', async () => {
    const { ann } = await people('ann');
    const group = await scim.group('Field Team', [ann]);
    const mallory = scimAt(api, { key: keys.foreign });
    const before = await keptOfGroups(api);
    const rename = [{ op: 'replace', path: 'displayName', value: 'Mine' }];
    for (const answer of [
      await mallory.get(`/Groups/${group}`),
      await mallory.patch(`/Groups/${group}`, rename),
      await mallory.put(`/Groups/${group}`, draft([])),
      await mallory.remove(`/Groups/${group}`),
    ]) {
      expectScimError(answer, 404);
      expect(answer.text).not.toContain('Field Team');
    }
    expect((await mallory.list('/Groups')).body.totalResults).toBe(0);
    expect((await mallory.search('', {})).body.totalResults).toBe(0);
    expect(await keptOfGroups(api)).toEqual(before);
  });
});

describe('a deleted group', () => {
  test('is nowhere', async () => {
    const { ann } = await people('ann');
    const group = await scim.group('Field Team', [ann]);
    expect((await scim.remove(`/Groups/${group}`)).status).toBe(204);
    for (const answer of [
      await scim.get(`/Groups/${group}`),
      await scim.patch(`/Groups/${group}`, []),
      await scim.put(`/Groups/${group}`, draft([])),
      await scim.remove(`/Groups/${group}`),
    ]) {
      expectScimError(answer, 404);
    }
    expect((await scim.list('/Groups')).body.totalResults).toBe(0);
    expect(await scim.memberships(ann)).toEqual({});
    expect((await scim.list('/Users', { filter: 'groups pr' })).body.totalResults).toBe(0);
  });
});

test.each(DRONAHQ)('%s takes a bare partial group', async (mount) => {
  const dronahq = scimAt(api, { mount });
  const { ann, ben } = await people('ann', 'ben');
  const answer = await dronahq.send('POST', '/Groups', { body: { displayName: 'Field Team' } });
  expect(answer.status, answer.text).toBe(200);
  const group = answer.body.id as string;
  const send = (body: object) => dronahq.send('PATCH', `/Groups/${group}`, { body });
  expect((await send({ members: [value(ann)] })).status).toBeLessThan(300);
  expect(await dronahq.members(group)).toEqual([ann]);
  expect((await send({ members: [value(ann), value(ben)] })).status).toBeLessThan(300);
  expect(await dronahq.members(group)).toEqual([ann, ben].toSorted());
  expect((await send({ displayName: 'Sea Team' })).status).toBeLessThan(300);
  expect((await dronahq.get(`/Groups/${group}`)).body.displayName).toBe('Sea Team');
  expectScimError(await send({ shoeSize: 44 }), 400);
});

// RFC 9110 8.8.1: a strong validator "changes value whenever a change occurs to the representation data".
describe('the ETag of a user', () => {
  const tagOf = async (id: string) => {
    const { headers, body } = await scim.get(`/Users/${id}`);
    expect(headers.get('etag')).toBe(body.meta.version);
    return headers.get('etag')!;
  };
  const isNotModified = async (id: string, tag: string) =>
    (await scim.get(`/Users/${id}`, { headers: { 'if-none-match': tag } })).status === 304;

  test('changes when the user comes to a group, when the group is renamed, and when it leaves', async () => {
    const id = await scim.user('bob');
    const alone = await tagOf(id);
    expect(alone).toBe('"1"');
    const group = await scim.group('Crew', [id]);
    const inside = await tagOf(id);
    await scim.patch(`/Groups/${group}`, [{ op: 'replace', path: 'displayName', value: 'Band' }]);
    const renamed = await tagOf(id);
    expect(new Set([alone, inside, renamed]).size).toBe(3);
    expect(await isNotModified(id, alone)).toBe(false);
    expect(await isNotModified(id, inside)).toBe(false);
    expect(await isNotModified(id, renamed)).toBe(true);
    await scim.patch(`/Groups/${group}`, [{ op: 'remove', path: 'members' }]);
    expect(await tagOf(id)).toBe(alone);
  });

  test('says by its version which state of the user a write may change', async () => {
    const id = await scim.user('bob');
    const before = await tagOf(id);
    await scim.group('Crew', [id]);
    const title = (value: string) => [{ op: 'replace', path: 'title', value }];
    const changed = await scim.patch(`/Users/${id}`, title('Cook'), { headers: { 'if-match': before } });
    expect(changed.status).toBe(200);
    const after = changed.headers.get('etag')!;
    expect(after).toBe(changed.body.meta.version);
    expect((await scim.patch(`/Users/${id}`, title('Chef'), { headers: { 'if-match': before } })).status).toBe(412);
    expect((await scim.patch(`/Users/${id}`, title('Chef'), { headers: { 'if-match': after } })).status).toBe(200);
  });
});
